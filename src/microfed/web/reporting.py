"""Telling those who look after the place that something is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from microfed.asking import need_member
from microfed.errors import Forbidden
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.reports import report
from microfed.pages import page
from microfed.queries.people import need_actor_by_id
from microfed.queries.place import rules_in, words_of_the_place
from microfed.queries.posts import load_people, load_posts
from microfed.queries.profiles import ids_by
from microfed.queries.sessions import SignedIn
from microfed.queries.views import PersonView, PostView
from microfed.queries.whole_posts import need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.looking import member_of, to_the_door
from microfed.words import N_

REASONS = {
    "violation": N_("It breaks a rule of this place"),
    "spam": N_("It is advertising or deceit"),
    "legal": N_("It is against the law"),
    "other": N_("Something else"),
}
LONGEST = 1_000
_SHOWN = 8
_LONG = N_("This is too long: 1,000 characters at most.")


@dataclass(frozen=True, slots=True)
class About:
    """What a report may be about."""

    person: PersonView
    host: str
    posts: Sequence[PostView]
    rules: Sequence[tuple[int, str]]


async def report_page(request: Request) -> Response:
    """Ask what is wrong; `post` is what the reader came from."""
    member, id_ = await member_of(request), parse_id(request.path_params["id"])
    post = request.query_params.get("post")
    chosen = None if post is None else parse_id(post)
    if member is None:
        return to_the_door(request)
    about = await house_of(request).db.read(lambda tx: _about(tx, member, id_, chosen))
    given = Fields({} if chosen is None else {f"post{chosen}": "1"})
    return _form(request, about, given)


async def make_report(request: Request) -> Response:
    """A member reports somebody, and some of what they said."""
    member, id_ = await need_member(request), parse_id(request.path_params["id"])
    await member_of(request)
    given = Fields(await read_form(request))
    about = await house_of(request).db.read(lambda tx: _about(tx, member, id_, None))
    if len(given["comment"]) > LONGEST:
        return _form(request, about, given, mistake=_LONG)
    reason = given["reason"] if given["reason"] in REASONS else "other"
    posts = [parse_id(name[4:]) for name in given if name.startswith("post")]
    rules = [n for n, _ in about.rules if f"rule{n}" in given] if reason == "violation" else []

    def work(tx: Tx) -> None:
        me, them = tx.session.get_one(Actor, member.actor_id), need_actor_by_id(tx, id_)
        report(
            tx,
            reporter=me,
            target=them,
            posts=[need_visible_post(tx, member.viewer, id_=post) for post in posts],
            comment=given["comment"],
            category=reason,
            rule_ids=rules,
            is_forwarded="forward" in given,
        )

    await house_of(request).db.write(work)
    return page(request, "reported.html", is_kept=False, person=about.person)


def _about(tx: Tx, member: SignedIn, id_: int, chosen: int | None) -> About:
    if id_ == member.actor_id:
        raise Forbidden("nobody reports themselves")
    them = need_actor_by_id(tx, id_)
    ids = ids_by(tx, id_, member.viewer, limit=_SHOWN, has_boosts=False)
    if chosen is not None and chosen not in ids:
        ids = [chosen, *ids]
    posts = [post for post in load_posts(tx, ids, member.viewer) if post.author.id == id_]
    return About(load_people(tx, [id_])[id_], them.host, posts, rules_in(words_of_the_place(tx)))


def _form(request: Request, about: About, given: Fields, *, mistake: str = "") -> Response:
    return page(
        request,
        "report.html",
        status=422 if mistake else 200,
        is_kept=False,
        about=about,
        person=about.person,
        given=given,
        mistake=mistake,
        reasons=REASONS,
    )
