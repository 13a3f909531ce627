"""Consultations in the browser: the list, asking the place, proposing, and opening the vote."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from microfed.asking import need_member
from microfed.errors import Forbidden, Invalid, Malformed, Refused
from microfed.fetching import carry_out
from microfed.forms import Fields, read_form
from microfed.house import house_of
from microfed.ids import parse_id
from microfed.operations.ballots import BallotChoice, cast_ballot
from microfed.operations.consultations import (
    AUDIENCES,
    MOST_PROPOSALS,
    Ballotage,
    begin_consultation,
    open_vote,
    propose,
    take_back,
)
from microfed.operations.once import only_once
from microfed.operations.polls import MOST_VOTE_OPTIONS
from microfed.pages import page
from microfed.queries.consultations import consultations, need_consultation
from microfed.queries.sessions import SignedIn
from microfed.store.consultations import Consultation
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.audience import Audience
from microfed.web.looking import member_of, to_the_door, viewer_of
from microfed.words import N_

PATH = "/consultations"
METHODS = {
    "one": N_("One answer: the one with the most votes"),
    "several": N_("Several answers: the one that most can live with"),
    "consent": N_("Consent: to one proposal, as long as nobody objects"),
}
LASTS = {
    1: N_("One day"),
    3: N_("Three days"),
    7: N_("One week"),
    14: N_("Two weeks"),
    30: N_("Thirty days"),
}
PHASES = {
    "discussion": N_("Talked over"),
    "voting": N_("The vote is open"),
    "counting": N_("Being counted"),
    "closed": N_("Decided"),
}
_MISTAKES = {
    "title": N_("Give it a title of 120 characters at most."),
    "audience": N_("Choose for whom it is."),
    "base": N_("Five of yours are talked over already: see one of them through first."),
    "words": N_("Write a few words: at most 4,000 characters for a question, 200 for a proposal."),
    "twice": N_("This was proposed already."),
    "many": N_("That is enough proposals: five of each of you, thirty of all."),
    "opened": N_("The vote is open: what is proposed stays as it is."),
    "method": N_("Choose how to vote."),
    "proposals": N_("Choose two to ten proposals to vote on."),
    "one": N_("Choose exactly one proposal to ask consent for."),
    "lasts": N_("Choose for how long the vote is open."),
    "choices": N_("Choose one of the answers."),
    "reason": N_("Say why you object, in 500 characters at most: then it can be mended."),
    "over": N_(
        "The vote is over: no ballot is taken any more. What you chose before it ended counts."
    ),
}
_OTHER = N_("Something in this form is not as it should be.")
_LATE = N_(
    "You came to live here after this vote was opened: those who were here then decide it."
    " You can say what you think in the discussion, and vote the next time."
)
_NOT_YOURS = N_("Admins and organisers open a vote. Ask one of them, when all is said.")

Do = Callable[[Tx, Actor, int, Fields, str], object]


async def list_page(request: Request) -> Response:
    """GET /consultations: what is voted on, what is talked over, what was decided."""
    viewer = await viewer_of(request)
    found = await house_of(request).db.read(lambda tx: consultations(tx, viewer))
    return page(request, "consultations.html", is_kept=False, found=found)


async def new_page(request: Request) -> Response:
    """GET: the form to ask the place."""
    return await _form(request, Fields({}))


async def begin(request: Request) -> Response:
    """POST: a member asks the place."""
    member, given = await need_member(request), Fields(await read_form(request))
    request.state.member = member
    language = house_of(request).settings.language
    try:
        if given["audience"] not in AUDIENCES:
            raise Invalid("there is no such audience", {"audience": "unknown"})

        def work(tx: Tx) -> int:
            me = tx.session.get_one(Actor, member.actor_id)

            def ask() -> int:
                return begin_consultation(
                    tx,
                    author=me,
                    title=given["title"],
                    words=given["words"],
                    audience=Audience(given["audience"]),
                    language=language,
                ).id

            words = tuple(given[name] for name in ("title", "words", "audience"))
            return only_once(tx, author=me, what="ask", words=words, do=ask, kind=Consultation)

        id_ = await carry_out(house_of(request), work, waits=False)
    except Invalid as invalid:
        return await _form(request, given, mistake=_said(invalid), status=422)
    return RedirectResponse(f"{PATH}/{id_}", 303)


async def one_page(request: Request) -> Response:
    """GET: one consultation, as it stands."""
    return await _one(request, Fields({}))


async def do_with_one(request: Request) -> Response:
    """POST: propose, take a proposal back, open the vote, or vote."""
    member, given = await need_member(request), Fields(await read_form(request))
    request.state.member = member
    id_, do = parse_id(request.path_params["id"]), _DEEDS.get(given["deed"])
    if do is None:
        raise Malformed("this cannot be done with a consultation")
    language = house_of(request).settings.language

    def work(tx: Tx) -> None:
        need_consultation(tx, member.viewer, id_)
        do(tx, tx.session.get_one(Actor, member.actor_id), id_, given, language)

    try:
        await carry_out(house_of(request), work, waits=False)
    except Invalid as invalid:
        return await _one(request, given, mistake=_said(invalid), status=422)
    except Forbidden:
        why = _LATE if given["deed"] == "vote" else _NOT_YOURS
        return await _one(request, given, mistake=why, status=403)
    return RedirectResponse(f"{PATH}/{id_}", 303)


def _propose(tx: Tx, me: Actor, id_: int, given: Fields, _language: str) -> None:
    propose(tx, author=me, consultation_id=id_, words=given["words"])


def _take_back(tx: Tx, me: Actor, id_: int, given: Fields, _language: str) -> None:
    take_back(tx, who=me, consultation_id=id_, proposal_id=parse_id(given["proposal"]))


def _open(tx: Tx, me: Actor, id_: int, given: Fields, language: str) -> None:
    ballotage = Ballotage(given["method"], _numbers(given, "proposal"), _lasts(given["lasts"]))
    open_vote(tx, opener=me, consultation_id=id_, ballotage=ballotage, language=language)


def _vote(tx: Tx, me: Actor, id_: int, given: Fields, _language: str) -> None:
    chosen = _numbers(given, "choice")
    if given["choice"] != "blank" and not chosen:
        chosen = tuple(n for n in range(MOST_VOTE_OPTIONS) if given["choice"] == str(n))
        if not chosen:  # whoever sends nothing has forgotten to choose
            raise Invalid("choose one of the answers", {"choices": "none"})
    choice = BallotChoice(chosen, given["reason"], "signed" in given)
    cast_ballot(tx, voter_id=me.id, consultation_id=id_, choice=choice)


_DEEDS: Mapping[str, Do] = {
    "propose": _propose,
    "take_back": _take_back,
    "open": _open,
    "vote": _vote,
}


def _numbers(given: Fields, name: str) -> tuple[int, ...]:
    """Return the numbers of the boxes that were ticked: `name`, and one of them at its end."""
    ends = (key.removeprefix(name) for key in given if key.startswith(name))
    found = (int(end) for end in ends if end.isascii() and end.isdigit() and len(end) < 20)
    return tuple(sorted(found))[: MOST_PROPOSALS + 1]


def _lasts(text: str) -> timedelta:
    days = next((days for days in LASTS if str(days) == text), None)
    if days is None:
        raise Invalid("there is no such time", {"lasts": "unknown"})
    return timedelta(days=days)


async def _one(
    request: Request, given: Fields, *, mistake: str = "", status: int = 200
) -> Response:
    member, id_ = await member_of(request), parse_id(request.path_params["id"])
    viewer = None if member is None else member.viewer
    one = await house_of(request).db.read(lambda tx: need_consultation(tx, viewer, id_))
    return page(
        request,
        "consultation.html",
        status=status,
        is_kept=False,
        one=one,
        asked=one.asked,
        given=given,
        mistake=mistake,
        methods=METHODS,
        lasts=LASTS,
        phases=PHASES,
        may_open=_may_open(member),
    )


def _may_open(member: SignedIn | None) -> bool:
    return member is not None and member.role in ("admin", "organiser")


async def _form(
    request: Request, given: Fields, *, mistake: str = "", status: int = 200
) -> Response:
    if await member_of(request) is None:
        return to_the_door(request)
    return page(
        request,
        "consultation_new.html",
        status=status,
        is_kept=False,
        given=given,
        mistake=mistake,
        choices=AUDIENCES,
    )


def _said(refused: Refused) -> str:
    details = getattr(refused, "details", None) or {}
    return next((word for field, word in _MISTAKES.items() if field in details), _OTHER)
