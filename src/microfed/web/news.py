"""What a member may want to know: who answered, thanked, followed; and who waits to be heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import NotFound
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import moment_of, parse_id
from microfed.operations.notifications import (
    accept_requests,
    dismiss,
    read_until,
    refuse_requests,
    set_policy,
)
from microfed.outbound.notify import POLICY
from microfed.pages import page
from microfed.queries.notifications import (
    Group,
    Sought,
    conditions_of,
    count_filtered,
    name_of_group,
    notification_policy,
    requests_of,
    seek_groups,
)
from microfed.queries.pages import Page
from microfed.queries.posts import load_people, load_posts
from microfed.queries.sessions import SignedIn
from microfed.queries.talks import markers_of
from microfed.queries.views import PersonView, PostView
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.looking import member_of, to_the_door
from microfed.web.paging import before_of
from microfed.words import N_

# What somebody did, in words; `%(name)s` did it. What is not here is told by its page alone.
TOLD = {
    "mention": N_("%(name)s speaks to you"),
    "like": N_("%(name)s thanks you"),
    "boost": N_("%(name)s passes on what you said"),
    "follow": N_("%(name)s follows you"),
    "follow_request": N_("%(name)s asks to follow you"),
    "post": N_("%(name)s said something"),
    "edit": N_("%(name)s corrected what you answered or passed on"),
    "poll": N_("A vote has ended"),
    "quote": N_("%(name)s quotes you"),
    "quoted_edit": N_("%(name)s corrected what you quoted"),
    "coming": N_("%(name)s answers your event"),
    "event": N_("There is news of an event you answered"),
    "reminder": N_("It begins soon"),
    "report": N_("%(name)s says that something is wrong"),
    "aid_agreed": N_("%(name)s agrees: it is under way with you"),
    "aid_off": N_("%(name)s says that it comes to nothing after all"),
    "aid_done": N_("%(name)s says that it is done: is it?"),
    "introduction": N_("%(name)s would like you to meet somebody"),
    "sign_up": N_("%(name)s has moved in"),
    "group_request": N_("%(name)s asks to join a group you look after"),
    "group_invitation": N_("%(name)s invites you into a group"),
    "group_care": N_("%(name)s has made you one of those who look after a group"),
}
# These are about a group, whose page they lead to.
OF_GROUPS = ("group_request", "group_invitation", "group_care")
# What becomes of what comes from whom one does not know.
FROM_STRANGERS = {
    "for_not_following": N_("From people you do not follow"),
    "for_not_followers": N_("From people who do not follow you"),
    "for_new_accounts": N_("From accounts younger than thirty days"),
    "for_private_mentions": N_("Private words from people you do not follow"),
    "for_limited_accounts": N_("From people kept off the lists here"),
}
VERDICTS = {
    "accept": N_("Tell me"),
    "filter": N_("Let it wait apart"),
    "drop": N_("Throw it away"),
}
_MANY = 30


@dataclass(frozen=True, slots=True)
class News:
    """Something to know: what, by whom, about which post."""

    key: str
    kind: str
    people: list[PersonView]
    others: int
    post: PostView | None
    group: PersonView | None
    at: datetime
    is_new: bool


async def news_page(request: Request) -> Response:
    """What is new for a member, the latest first; to have looked is to have read."""
    member, before = await member_of(request), before_of(request)
    if member is None:
        return to_the_door(request)

    def work(tx: Tx) -> tuple[list[News], int | None, int]:
        sought = Sought(kinds=frozenset(TOLD))
        groups = seek_groups(tx, member.actor_id, sought, Page(_MANY, max_id=before))
        more = groups[-1].newest.id if len(groups) == _MANY else None
        return _told(tx, member, groups), more, len(count_filtered(tx, member.actor_id))

    db = house_of(request).db
    news, more, waiting = await db.read(work)
    fresh = [one for one in news if one.is_new]
    if before is None and fresh:
        await db.write(lambda tx: _have_read(tx, member))
    return page(
        request,
        "news.html",
        is_kept=False,
        news=news,
        before=before,
        more=more,
        waiting=waiting,
        told=TOLD,
    )


async def do_with_news(request: Request) -> Response:
    """Be done with one thing, or with all."""
    member = await need_member(request)
    key = Fields(await read_form(request))["key"]
    which = () if key == "all" else conditions_of(key)
    if which is None:
        raise NotFound("there is no such notification")

    def work(tx: Tx) -> None:
        dismiss(tx, actor=tx.session.get_one(Actor, member.actor_id), which=which)

    await house_of(request).db.write(work)
    return RedirectResponse("/news", 303)


async def waiting_page(request: Request) -> Response:
    """Who wrote to a member and waits to be heard; and what is to become of such things."""
    member = await member_of(request)
    if member is None:
        return to_the_door(request)

    def work(tx: Tx) -> tuple[list[tuple[int, PersonView, int]], dict[str, str]]:
        rows = requests_of(tx, member.actor_id, Page(100))
        people = load_people(tx, {row.from_id for row in rows})
        counts = count_filtered(tx, member.actor_id)
        waiting = [
            (row.id, people[row.from_id], counts.get(row.from_id, 0))
            for row in rows
            if row.from_id in people
        ]
        return waiting, {**POLICY, **notification_policy(tx, member.actor_id)}

    waiting, policy = await house_of(request).db.read(work)
    return page(
        request,
        "waiting.html",
        is_kept=False,
        waiting=waiting,
        policy=policy,
        from_strangers=FROM_STRANGERS,
        verdicts=VERDICTS,
    )


async def do_with_waiting(request: Request) -> Response:
    """Hear somebody, or rather not; or say what becomes of what strangers send."""
    member = await need_member(request)
    given = Fields(await read_form(request))

    def work(tx: Tx) -> None:
        me = tx.session.get_one(Actor, member.actor_id)
        if given["deed"] == "accept":
            accept_requests(tx, actor=me, ids=[parse_id(given["id"])])
        elif given["deed"] == "refuse":
            refuse_requests(tx, actor=me, ids=[parse_id(given["id"])])
        else:
            wishes = {name: given[name] for name in POLICY if given[name] in VERDICTS}
            set_policy(tx, actor=me, wishes=wishes)

    await house_of(request).db.write(work)
    return RedirectResponse("/news/waiting", 303)


def _told(tx: Tx, member: SignedIn, groups: Sequence[Group]) -> list[News]:
    read = next(
        (
            marker.last_read_id
            for marker in markers_of(tx, member.actor_id)
            if marker.timeline == "notifications"
        ),
        0,
    )
    people = load_people(tx, {id_ for group in groups for id_ in group.people})
    about = [group.newest.post_id for group in groups if group.newest.post_id is not None]
    posts = {post.id: post for post in load_posts(tx, about, member.viewer)}
    of_groups = load_people(tx, _groups_in(groups))
    found = []
    for group in groups:
        known = list(dict.fromkeys(id_ for id_ in group.people if id_ in people))
        if not known:
            continue
        newest = group.newest
        found.append(
            News(
                name_of_group(group.key),
                newest.kind,
                [people[id_] for id_ in known],
                max(group.count - len(known), 0),
                posts.get(newest.post_id or 0),
                of_groups.get(newest.about_id or 0) if newest.kind in OF_GROUPS else None,
                moment_of(newest.id),
                newest.id > read,
            )
        )
    return found


def _groups_in(groups: Sequence[Group]) -> set[int]:
    about = {group.newest.about_id for group in groups if group.newest.kind in OF_GROUPS}
    return {id_ for id_ in about if id_ is not None}


def _have_read(tx: Tx, member: SignedIn) -> None:
    me = tx.session.get_one(Actor, member.actor_id)
    newest = seek_groups(tx, me.id, Sought(kinds=frozenset(TOLD)), Page(1))
    if newest:
        read_until(tx, actor=me, timeline="notifications", last_read_id=newest[0].newest.id)
