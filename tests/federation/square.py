"""Three places and those who live in them, for the tables of who may read what (things.txt)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import update

from microfed.operations.aid import publish_aid
from microfed.operations.aid_rows import Terms
from microfed.operations.blocks import block
from microfed.operations.circles import make_circle, put_in_circle
from microfed.operations.consultations import Ballotage, begin_consultation, open_vote, propose
from microfed.operations.event_rows import Plan
from microfed.operations.events import publish_event
from microfed.operations.follows import request_follow
from microfed.operations.groups import Terms as GroupTerms
from microfed.operations.groups import invite, make_group
from microfed.operations.letter_readers import subscribe, subscribe_member
from microfed.operations.lists import make_list, put_on_list
from microfed.operations.moderation import act
from microfed.operations.posts import Draft, write_post
from microfed.operations.weekly import WEEK, choose_schedule
from microfed.queries.letter import SCHEDULE
from microfed.store.access import Setting
from microfed.store.database import Tx
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.store.weekly import LetterReader
from microfed.vocab.audience import Audience
from microfed.workers.keep_time import KeepTime
from microfed.workers.running import Wake
from tests.federation.test_ring import Quarter, actor, do
from tests.fediverse import Instance, Neighbour

# Who each word of the tables stands for; "anyone" has no account.
ROLES = {
    "members": ("ada", "ana", "ines", "leo", "zoe"),
    "allies": ("marc", "mia"),
    "followers": ("ines", "jo", "marc"),
    "circle": ("ines", "jo"),
    "named": ("leo", "mia"),
    "group": ("ana", "mia"),
    "shut out": ("bob", "max", "tim"),
    "suspended": ("sam",),
}
ROLES["all"] = (*ROLES["members"], *ROLES["allies"], "jo", "anyone")
ROLES["all here"] = (*ROLES["members"], "bob", "tim", "sam", "anyone")
ROLES["everyone"] = (*ROLES["all"], *ROLES["shut out"], *ROLES["suspended"])
HERE = ("ada", "ana", "bob", "ines", "leo", "sam", "tim", "zoe")
TAG, ANYONE = "piat", "anyone@north.test"
AUDIENCES = {
    "offer": ("people", "circle", "followers", "local", "ring", "quiet", "public"),
    "date": ("people", "circle", "group", "followers", "local", "ring", "quiet", "public"),
    "question": ("local", "ring", "public"),
    "vote": ("local", "ring", "public"),
}


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that Amel said (a vote: Pia), and where it is; `answer` is what was added to it."""

    kind: str
    audience: str
    title: str
    page: str
    post_id: int
    uri: str
    answer: int
    answer_uri: str

    @property
    def more(self) -> str:
        """What was added."""
        return f"Suite{self.title}"


@dataclass
class Square:
    """The three places of a quarter with more people in them, and what Amel needs to speak."""

    quarter: Quarter
    people: dict[str, Neighbour]
    circle: int = 0
    group: int = 0
    lists: dict[str, int] = field(default_factory=dict)

    @property
    def belleville(self) -> Instance:
        """Where Amel lives."""
        return self.quarter.belleville

    def home_of(self, name: str | None) -> Instance:
        """Return where somebody lives; of anyone, the place that is asked."""
        return self.belleville if name is None else self.people[name].instance

    def shut_out(self, name: str) -> None:
        """Amel wants nothing more to do with somebody."""

        def work(tx: Tx) -> None:
            amel = actor(tx, self.quarter.amel.uri)
            block(tx, blocker=amel, blocked=actor(tx, self.people[name].uri))

        do(self.belleville, work)


async def gather_round(quarter: Quarter) -> Square:
    """Let more people move in, follow, be in a circle and in a group; and two be shut out."""
    b, m, j = quarter.belleville, quarter.menil, quarter.jourdain
    people = {one.name: one for one in (quarter.ana, quarter.marc, quarter.jo)}
    do(b, lambda tx: _has_address(tx, quarter.ana.id))
    for name, role in (("ada", "admin"), ("zoe", "organiser")):
        people[name] = b.add(name, role=role, email=f"{name}@belleville.test")
    for name in ("ines", "leo", "bob", "tim", "sam"):
        people[name] = b.add(name, email=f"{name}@belleville.test")
    b.add("pia", role="organiser")
    people |= {"mia": m.add("mia"), "max": j.add("max")}
    square = Square(quarter, people)
    for name in ("ines", "bob", "tim", "sam", "max"):
        await people[name].does({"type": "Follow", "object": quarter.amel.uri})
    await quarter.settle()
    await quarter.ana.does({"type": "Follow", "object": people["mia"].uri})
    await quarter.settle()

    def prepare(tx: Tx) -> None:
        amel = actor(tx, quarter.amel.uri)
        ana, mia = (actor(tx, people[name].uri) for name in ROLES["group"])
        circle = make_circle(tx, owner=amel, title="Le quai")
        put_in_circle(tx, circle, [actor(tx, people[name].uri).id for name in ROLES["circle"]])
        terms = GroupTerms("La chorale", "", "private")
        group = make_group(tx, founder=amel, name="chorale", terms=terms)
        for person in (ana, mia):
            invite(tx, actor=group, by=amel, person=person)
        request_follow(tx, follower=ana, target=group)
        square.circle, square.group = circle.id, group.id
        for name in ("ines", "ana"):
            reads = make_list(tx, owner=actor(tx, people[name].uri), title="Amel")
            if name == "ines":
                put_on_list(tx, reads, [amel.id])
            square.lists[name] = reads.id
        for name in HERE:
            _gets_the_letter(tx, people[name].id)
        _gets_the_letter(tx, None)

    do(b, prepare)
    await quarter.settle()
    await people["mia"].does({"type": "Follow", "object": f"https://{b.host}/users/chorale"})
    await quarter.settle()
    for name in ("bob", "max"):
        square.shut_out(name)
    await quarter.settle()
    return square


def suspend(square: Square, name: str) -> None:
    """The admin shuts somebody out of the place."""

    def work(tx: Tx) -> None:
        ada, whom = (actor(tx, square.people[one].uri) for one in ("ada", name))
        act(tx, by=ada, target=whom, action="suspend")

    do(square.belleville, work)


def _has_address(tx: Tx, member_id: int) -> None:
    tx.session.get_one(Member, member_id).email = "ana@belleville.test"


def _gets_the_letter(tx: Tx, member_id: int | None) -> None:
    """Somebody gets the letter by mail; None: somebody without an account."""
    if member_id is None:
        subscribe(tx, address=ANYONE, language="fr")
    else:
        subscribe_member(tx, member_id=member_id)
    tx.connection.execute(update(LetterReader).values(confirmed_at=tx.now))


def said_by_amel(square: Square) -> list[Thing]:
    """Let Amel say one of each to each audience."""
    return do(square.belleville, lambda tx: list(_things(tx, square)))


def _things(tx: Tx, square: Square) -> Iterator[Thing]:
    amel, pia = (actor(tx, square.belleville.neighbours[one].uri) for one in ("amel", "pia"))
    for kind, audiences in AUDIENCES.items():
        for audience in map(Audience, audiences):
            title = f"{kind}zz{audience}"
            post, page = _said(tx, square, amel, pia, kind, audience, title)
            named = _named(square, audience)
            answer = write_post(
                tx,
                author=tx.session.get_one(Actor, post.actor_id),
                draft=Draft(f"Suite{title} {named}", in_reply_to=post, audience=audience),
            )
            yield Thing(kind, audience, title, page, post.id, post.uri, answer.id, answer.uri)


def _named(square: Square, audience: Audience) -> str:
    if audience is not Audience.PEOPLE:
        return ""
    return f"@leo @mia@{square.quarter.menil.host}"


def _said(
    tx: Tx, square: Square, amel: Actor, pia: Actor, kind: str, audience: Audience, title: str
) -> tuple[Post, str]:
    words = f"#{TAG} {_named(square, audience)}"
    people = Draft(
        circles=(square.circle,) if audience is Audience.CIRCLE else (),
        group=tx.session.get(Actor, square.group) if audience is Audience.GROUP else None,
    )
    if kind == "offer":
        terms = Terms("offer", "loan", title, words)
        post = publish_aid(tx, author=amel, terms=terms, audience=audience, people=people)
        return post, f"/entraide/{post.id}"
    if kind == "date":
        plan = Plan(title, tx.now + timedelta(days=3), words=words)
        post = publish_event(tx, author=amel, plan=plan, audience=audience, people=people)
        return post, f"/agenda/{post.id}"
    asked = begin_consultation(tx, author=amel, title=title, words=words, audience=audience)
    post_id = asked.post_id
    if kind == "vote":
        ids = [
            propose(tx, author=amel, consultation_id=asked.id, words=f"{title} {n}").id
            for n in ("un", "deux")
        ]
        vote = Ballotage("one", tuple(ids), timedelta(days=2))
        opened = open_vote(tx, opener=pia, consultation_id=asked.id, ballotage=vote)
        post_id = opened.vote_post_id
    return tx.session.get_one(Post, post_id), f"/consultations/{asked.id}"


async def the_letter_comes(place: Instance) -> str:
    """The moment of the weekly letter has come; return where it stands."""

    def decide(tx: Tx) -> None:
        choose_schedule(tx, by=None, is_on=True, day=0, hour=0)
        kept = tx.session.get_one(Setting, SCHEDULE)
        kept.value = {**kept.value, "since": (tx.now - WEEK - timedelta(days=1)).isoformat()}

    do(place, decide)
    await KeepTime(place.house, Wake(place.house.db, "planned")).do_due()
    found = re.search(r"/lettre/\d{4}-W\d\d", (await place.client.get("/lettre")).text)
    assert found is not None
    return found[0]
