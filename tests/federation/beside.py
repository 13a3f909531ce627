"""What goes with the things of a neighbourhood, in words that stand nowhere else (beside.txt)."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from microfed.operations.agreeing import agree
from microfed.operations.aid import answer_aid, publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.ballots import close_vote
from microfed.operations.bilan import Account, write_down
from microfed.operations.calendar_keys import renew_calendar
from microfed.operations.circles import make_circle
from microfed.operations.directory import Entry, change_entry
from microfed.operations.drafts import keep_draft
from microfed.operations.event_answers import answer_event, event_was_answered
from microfed.operations.event_guests import ask_guest, guest_comes
from microfed.operations.event_rows import Plan
from microfed.operations.events import publish_event
from microfed.operations.introductions import answer, propose, withdraw
from microfed.operations.secrets import unseal
from microfed.operations.weekly import write_words
from microfed.operations.wishes import Wish
from microfed.store.database import Tx
from microfed.store.events import EventAnswer
from microfed.store.people import Actor
from microfed.vocab.audience import Audience
from tests.federation.square import Square
from tests.federation.test_ring import actor, do
from tests.operations.voting import voted_on, votes

# What each word stands for in the table.
MARKS = {
    "introduction, asked": "zz-asked",
    "introduction, one said yes": "zz-one-yes",
    "introduction, both said yes": "zz-both-yes",
    "introduction, one said no": "zz-one-no",
    "introduction, withdrawn": "zz-withdrawn",
    "introduction, to an ally": "zz-afar",
    "answer to an offer": "zz-answer-to-offer",
    "with whom it is agreed": "zz-leo",
    "who comes": "zz-ana",
    "who does not come": "zz-ines",
    "a word with an answer": "zz-word-of-mia",
    "name of a guest": "zz-gaston",
    "address of a guest": "zz-address@north.test",
    "date of one who comes": "zz-date",
    "card, for everyone": "zz-trade",
    "card, for the ring": "zz-skill",
    "card, for here": "zz-assoc",
    "card, for nobody": "zz-area",
    "objection of a running vote": "zz-while-it-runs",
    "signed objection": "zz-signed",
    "unsigned objection": "zz-unsigned",
    "next letter": "zz-next-letter",
    "balance": "zz-balance",
    "circle": "zz-circle",
    "draft": "zz-draft",
}


@dataclass
class Beside:
    """Where these things are."""

    offer: int
    date: int
    running: int
    decided: int
    keys: dict[str, str]  # of the calendars that one opens by their address


def set_out(square: Square) -> Beside:
    """Let neighbours do all this."""

    def work(tx: Tx) -> Beside:
        here = square.belleville.neighbours
        people = {name: actor(tx, one.uri) for name, one in (*here.items(), *square.people.items())}
        for name in ("leo", "ana", "ines"):
            people[name].display_name = f"{name} zz-{name}"
        _introduce(tx, people)
        date = _meet(tx, people)
        running, decided = _decide(tx, people)
        _own(tx, people)
        keys = {name: renew_calendar(tx, member_id=people[name].id) for name in ("leo", "tim")}
        return Beside(_help(tx, people), date, running, decided, keys)

    return do(square.belleville, work)


def _introduce(tx: Tx, people: dict[str, Actor]) -> None:
    """Ana would like pairs of people to meet, and each says something else."""
    pairs = {
        "asked": ("leo", "ines"),
        "one-yes": ("leo", "zoe"),
        "both-yes": ("leo", "ada"),
        "one-no": ("leo", "tim"),
        "afar": ("leo", "mia"),
    }
    said = {}
    for why, (one, other) in pairs.items():
        both = {"one": people[one], "other": people[other]}
        said[why] = propose(tx, proposer=people["ana"], reason=f"zz-{why}", **both).id
    answer(tx, who=people["leo"], id_=said["one-yes"], says="yes")
    answer(tx, who=people["leo"], id_=said["one-no"], says="no")
    answer(tx, who=people["leo"], id_=said["both-yes"], says="yes")
    answer(tx, who=people["ada"], id_=said["both-yes"], says="yes")
    gone = propose(
        tx, proposer=people["zoe"], one=people["leo"], other=people["ana"], reason="zz-withdrawn"
    )
    withdraw(tx, proposer=people["zoe"], id_=gone.id)


def _help(tx: Tx, people: dict[str, Actor]) -> int:
    terms = Terms("offer", "loan", "Perceuse")
    offer = publish_aid(tx, author=people["amel"], terms=terms, audience=Audience.PUBLIC)
    answer_aid(tx, author=people["leo"], post=offer, words="zz-answer-to-offer")
    agree(tx, author=people["amel"], post=offer, person_id=people["leo"].id)
    return offer.id


def _meet(tx: Tx, people: dict[str, Actor]) -> int:
    plan = Plan("zz-date", tx.now + timedelta(days=3), takes_mail=True)
    date = publish_event(tx, author=people["amel"], plan=plan, audience=Audience.PUBLIC)
    for name, wish in (("ana", "going"), ("leo", "going"), ("tim", "going"), ("ines", "declined")):
        answer_event(tx, actor=people[name], post=date, wish=wish)
    event_was_answered(
        tx, by=people["mia"], post=date, wish="going", way="word", words="zz-word-of-mia"
    )
    ask_guest(tx, post=date, name="zz-gaston", address=MARKS["address of a guest"], language="fr")
    guest = tx.session.scalars(select(EventAnswer).where(EventAnswer.name == "zz-gaston")).one()
    guest_comes(tx, token=unseal(tx, guest.token or ""))
    return date.id


def _decide(tx: Tx, people: dict[str, Actor]) -> tuple[int, int]:
    amel, pia = people["amel"], people["pia"]
    running, decided = (
        voted_on(tx, by=amel, opener=pia, method="consent", audience=Audience.LOCAL)
        for _ in range(2)
    )
    votes(tx, people["ana"], running, 2, reason="zz-while-it-runs", is_signed=True)
    votes(tx, people["ana"], decided, 2, reason="zz-signed", is_signed=True)
    votes(tx, people["ines"], decided, 2, reason="zz-unsigned")
    decided.closes_at = tx.now
    tx.flush()
    assert close_vote(tx, decided.id)
    return running.id, decided.id


def _own(tx: Tx, people: dict[str, Actor]) -> None:
    """What Amel says of herself, and what she keeps to herself."""
    amel = people["amel"]
    shown_to = {"trade": "public", "skills": "ring", "associations": "here"}
    entry = Entry("zz-trade", ("zz-skill",), ("zz-assoc",), "zz-area", shown_to)
    change_entry(tx, actor=amel, entry=entry)
    account = Account(tx.now.date(), "here", 30, words="zz-balance")
    write_down(tx, owner_id=amel.id, account=account)
    make_circle(tx, owner=amel, title="zz-circle")
    write_words(tx, by=people["zoe"], text="zz-next-letter")
    keep_draft(tx, author=amel, wish=Wish(text="zz-draft"))
