"""Mutual aid in the browser: the board, answering, and saying how it stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed import clock
from microfed.asking import need_member
from microfed.errors import Invalid, NotFound
from microfed.fetching import carry_out
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.agreeing import agree, decline, say_done, step_back
from microfed.operations.aid import answer_aid, put_off, set_state
from microfed.operations.once import only_once
from microfed.pages import page
from microfed.queries.aid import Wanted, aid_of, board, state_of
from microfed.queries.aid_agreements import Answerer, answerers, own_agreement
from microfed.queries.posts import load_posts
from microfed.queries.views import PostView
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import need_visible_post
from microfed.store.aid import Aid, AidAgreement
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.web.looking import viewer_of
from microfed.web.paging import PAGE, before_of
from microfed.words import N_

KINDS = {"offer": N_("I offer"), "need": N_("I need")}
CATEGORIES = {
    "gift": N_("Gift"),
    "loan": N_("Loan"),
    "service": N_("Service"),
    "knowledge": N_("Knowledge"),
    "sale": N_("For sale or wanted"),
}
STATES = {
    "open": N_("Open"),
    "under_way": N_("Under way"),
    "done": N_("Done"),
    "expired": N_("Over"),
}
# How it stands with somebody who answered, as its author reads it.
BONDS = {
    "proposed": N_("has answered"),
    "accepted": N_("it is under way with them"),
    "refused": N_("it came to nothing"),
    "withdrawn": N_("has stepped back"),
    "done": N_("done, you both say"),
}
_WITH_SOMEBODY = {"agree": agree, "decline": decline}
_NO_ANSWER = N_("Write a few words to answer.")
_MISTAKES = {
    "state": N_("This is over: it can no longer be answered or agreed on."),
    "author": N_("This is your own: others answer it."),
    "person": N_("They have stepped back in the meantime."),
    "until": N_("It may stand for a year at most, and what is done stays done."),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """An offer or a need as whoever looks may see it: who answered, its author alone reads."""

    post: PostView
    aid: Aid
    state: str
    answerers: Sequence[Answerer]
    mine: AidAgreement | None


async def board_page(request: Request) -> Response:
    """Offers and needs that the reader may see, with filters and a search."""
    viewer, before, asked = await viewer_of(request), before_of(request), request.query_params
    wanted = Wanted(*(asked.get(name, "")[:100] for name in ("kind", "category", "state", "words")))

    def work(tx: Tx) -> tuple[list[tuple[PostView, Aid]], int | None]:
        rows = board(tx, viewer, wanted, before=before, most=PAGE)
        aids = {post.id: aid for post, aid in rows}
        more = rows[-1][0].id if len(rows) == PAGE else None
        posts = load_posts(tx, list(aids), viewer)
        return [(post, aids[post.id]) for post in posts], more

    rows, more = await house_of(request).db.read(work)
    now = clock.now()
    return page(
        request,
        "aid.html",
        is_kept=False,
        rows=rows,
        more=more,
        standings={post.id: state_of(aid, now) for post, aid in rows},
        wanted=wanted,
        kinds=KINDS,
        categories=CATEGORIES,
        states=STATES,
    )


async def aid_page(request: Request) -> Response:
    """One offer or need: how it stands, and a way to answer."""
    return await _one(request)


async def do_with_aid(request: Request) -> Response:
    """Its author says how it stands and with whom; anyone else answers, in private."""
    member, given = await need_member(request), Fields(await read_form(request))
    request.state.member = member
    id_, deed = parse_id(request.path_params["id"]), given["deed"]
    whom = parse_id(given["person"]) if given["person"] else None

    def work(tx: Tx) -> int:
        me = tx.session.get_one(Actor, member.actor_id)
        post = need_visible_post(tx, member.viewer, id_=id_)
        if deed == "answer":
            said = (post.id, given["words"].strip())
            return only_once(
                tx,
                author=me,
                what="answer",
                words=said,
                do=lambda: answer_aid(tx, author=me, post=post, words=given["words"]).id,
            )
        if deed in _WITH_SOMEBODY and whom is not None:
            _WITH_SOMEBODY[deed](tx, author=me, post=post, person_id=whom)
        elif deed == "step_back":
            step_back(tx, person=me, post=post)
        elif deed == "later":
            put_off(tx, author=me, post=post)
        elif deed == "done" and post.actor_id != me.id:
            say_done(tx, person=me, post=post)
        else:
            set_state(tx, author=me, post=post, state=deed)
        return post.id

    try:
        said = await carry_out(house_of(request), work, waits=False)
    except Invalid as invalid:
        found = [word for name, word in _MISTAKES.items() if name in invalid.details]
        mistake = found[0] if found else _NO_ANSWER
        return await _one(request, mistake=mistake, words=given["words"], status=422)
    return RedirectResponse(f"/posts/{said}" if deed == "answer" else f"/entraide/{id_}", 303)


async def _one(
    request: Request, *, mistake: str = "", words: str = "", status: int = 200
) -> Response:
    viewer, id_ = await viewer_of(request), parse_id(request.path_params["id"])
    shown = await house_of(request).db.read(lambda tx: _need(tx, viewer, id_))
    return page(
        request,
        "aid_one.html",
        status=status,
        is_kept=False,
        post=shown.post,
        aid=shown.aid,
        state=shown.state,
        answerers=shown.answerers,
        mine=shown.mine,
        bonds=BONDS,
        mistake=mistake,
        given=words,
        kinds=KINDS,
        categories=CATEGORIES,
        states=STATES,
    )


def _need(tx: Tx, viewer: Viewer | None, id_: int) -> Shown:
    post = need_visible_post(tx, viewer, id_=id_)
    aid = aid_of(tx, post.id)
    if aid is None or (viewer is None and not post.is_local):
        raise NotFound("this is neither an offer nor a need")
    is_own = viewer is not None and viewer.actor_id == post.actor_id
    return Shown(
        load_posts(tx, [post.id], viewer)[0],
        aid,
        state_of(aid, tx.now),
        answerers(tx, post) if is_own else [],
        None if viewer is None or is_own else own_agreement(tx, post.id, viewer.actor_id),
    )
