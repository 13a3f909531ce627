"""Sample doings for the demo: what neighbours offer, plan, ask each other and decide, so that
whoever tries it finds every page alive."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from microfed.cli.sample_life import ZONE
from microfed.operations.agreeing import agree
from microfed.operations.aid import answer_aid, publish_aid
from microfed.operations.aid_rows import Terms as Help
from microfed.operations.announcements import Notice, announce_here
from microfed.operations.ballots import BallotChoice, cast_ballot, close_vote
from microfed.operations.consultations import Ballotage, begin_consultation, open_vote, propose
from microfed.operations.directory import Entry, change_entry
from microfed.operations.event_answers import answer_event
from microfed.operations.event_rows import Plan
from microfed.operations.event_times import Repeat
from microfed.operations.events import publish_event
from microfed.operations.follows import request_follow
from microfed.operations.groups import Terms, make_group
from microfed.operations.introductions import propose as introduce
from microfed.operations.posts import write_post
from microfed.operations.saying import Draft
from microfed.operations.weekly import choose_schedule, make_due_letter, write_words
from microfed.operations.welcome import put_up_card
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.audience import Audience

WEEK = timedelta(days=7)
LONG_AGO = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Ballot:
    """A question to the place, what is proposed, and what each of three neighbours chooses."""

    title: str
    words: str
    proposals: tuple[str, ...]
    choices: tuple[int, ...]
    audience: Audience = Audience.LOCAL


@dataclass(frozen=True, slots=True)
class Doings:
    """What happens in one town. `people`: who looks after it, who is there, who is new."""

    people: tuple[str, str, str]
    offer: Help
    answer: str
    need: Help
    workshop: tuple[str, str, str]  # title, words, place: for one guest at a time
    weekly: tuple[str, str, str]
    decided: Ballot
    running: Ballot
    group: tuple[str, str, str, str]  # name, title, about, first words
    notice: str
    card: str
    reason: str  # why two should meet
    letter: str
    trades: Mapping[str, Entry]


def _seen(trade: str, *skills: str) -> Entry:
    shown = {"trade": "public", "skills": "public"}
    return Entry(trade=trade, skills=skills, shown_to=shown)


DOINGS = {
    "belleville": Doings(
        ("amel", "leo", "ines"),
        Help("offer", "loan", "Perceuse à prêter", "Avec ses mèches.", "Atelier, rue Piat"),
        "Samedi matin, c’est possible ? Pour une étagère.",
        Help("need", "service", "Arroser mes tomates", "Du 10 au 20, matin ou soir.", "Cour du 12"),
        ("Réglage de vélos", "Un vélo à la fois, on prend le temps.", "Atelier, rue Piat"),
        ("Apéro des voisins", "Chacun apporte quelque chose.", "Square, près du banc"),
        Ballot(
            "Que faire du coin de la cour ?",
            "Il est vide depuis l’hiver.",
            ("Un banc", "Un potager", "Un compost"),
            (1, 1, 0),
        ),
        Ballot(
            "Quel jour pour la fête de la rue ?",
            "On ferme la rue une journée, il faut choisir.",
            ("Samedi 12", "Dimanche 13"),
            (0,),
            Audience.PUBLIC,
        ),
        (
            "jardin",
            "Le jardin partagé",
            "On plante, on arrose, on récolte.",
            "@jardin Les graines de radis sont arrivées, semis samedi !",
        ),
        "La rue Piat est fermée aux voitures dimanche : sortez les vélos.",
        "J’arrive de Lille, je couds et je cherche des gens pour marcher le dimanche.",
        "Inès coud, et Léo cherche des rideaux pour l’atelier.",
        "Une semaine de graines, de vélos et de perceuses. Merci à celles et ceux qui arrosent !",
        {
            "amel": _seen("Fleuriste", "bouquets", "plantes d’intérieur"),
            "leo": _seen("Menuisier", "étagères", "réparer un volet"),
        },
    ),
    "menilmontant": Doings(
        ("nora", "sam", "ida"),
        Help("offer", "gift", "Sourdough starter", "Bring a jar.", "The bakery"),
        "Could I come by on Friday after work?",
        Help("need", "loan", "A cargo bike for a day", "To move a small piano.", "Near the park"),
        ("Bread, hands on", "One pair of hands at the oven.", "The bakery"),
        ("Evening walk", "An hour, at the pace of the slowest.", "The fountain"),
        Ballot(
            "When does the choir sing outside?",
            "The square is ours for one evening.",
            ("In May", "In June", "Not this year"),
            (1, 1, 0),
        ),
        Ballot(
            "Where do we put the community fridge?",
            "It needs a plug and a roof.",
            ("At the bakery", "At the library"),
            (0,),
            Audience.PUBLIC,
        ),
        (
            "songbook",
            "The songbook",
            "Songs, keys, and who sings what.",
            "@songbook A new canon for four voices is in the blue folder.",
        ),
        "The fountain is being mended until Friday.",
        "New in the street, I play the piano and speak Polish.",
        "Ida plays the piano, and the choir needs one.",
        "A week of bread and canons. Thank you to whoever found the blue scarf!",
        {
            "nora": _seen("Baker", "sourdough", "early mornings"),
            "sam": _seen("Choir lead", "reading music", "writing letters"),
        },
    ),
}


def furnish(tx: Tx, *, town: str, language: str, people: Mapping[str, Actor]) -> None:
    """Let things have happened in a town that nobody has seen yet."""
    doings, now = DOINGS[town], tx.now
    keeper, other, new = (people[name] for name in doings.people)
    tx.now = now - LONG_AGO
    choose_schedule(tx, by=None, is_on=True, day=now.weekday(), hour=0)
    asked = _ask(tx, doings.decided, by=other, opener=keeper, language=language)
    _vote(tx, asked, doings.decided, (keeper, other, new))
    tx.now = now - timedelta(hours=12)
    close_vote(tx, asked)
    _help(tx, doings, keeper=keeper, other=other, new=new, language=language)
    _plan(tx, doings, keeper=keeper, other=other, new=new, language=language)
    _meet(tx, doings, people, keeper=keeper, other=other, new=new, language=language)
    running = _ask(tx, doings.running, by=new, opener=keeper, language=language)
    _vote(tx, running, doings.running, (other,))
    tx.now = now
    write_words(tx, by=keeper, text=doings.letter)
    make_due_letter(tx, ZoneInfo(ZONE), language=language)


def _ask(tx: Tx, ballot: Ballot, *, by: Actor, opener: Actor, language: str) -> int:
    asked = begin_consultation(
        tx,
        author=by,
        title=ballot.title,
        words=ballot.words,
        audience=ballot.audience,
        language=language,
    )
    ids = [
        propose(tx, author=by, consultation_id=asked.id, words=words).id
        for words in ballot.proposals
    ]
    ballotage = Ballotage("one", tuple(ids), WEEK)
    open_vote(tx, opener=opener, consultation_id=asked.id, ballotage=ballotage, language=language)
    return asked.id


def _vote(tx: Tx, asked: int, ballot: Ballot, voters: tuple[Actor, ...]) -> None:
    for voter, position in zip(voters, ballot.choices, strict=True):
        choice = BallotChoice((position,))
        cast_ballot(tx, voter_id=voter.id, consultation_id=asked, choice=choice)


def _help(
    tx: Tx, doings: Doings, *, keeper: Actor, other: Actor, new: Actor, language: str
) -> None:
    """An offer is under way, and a need is open."""
    audience = Audience.PUBLIC
    offer = publish_aid(tx, author=other, terms=doings.offer, audience=audience, language=language)
    answer_aid(tx, author=keeper, post=offer, words=doings.answer)
    agree(tx, author=other, post=offer, person_id=keeper.id)
    publish_aid(tx, author=new, terms=doings.need, audience=audience, language=language)


def _plan(
    tx: Tx, doings: Doings, *, keeper: Actor, other: Actor, new: Actor, language: str
) -> None:
    """Something has one guest and one who waits; something else is every week."""
    day = tx.now.astimezone(ZoneInfo(ZONE)).replace(minute=0, second=0, microsecond=0)
    title, words, place = doings.workshop
    starts = (day + timedelta(days=3)).replace(hour=10)
    ends = starts + timedelta(hours=2)
    here = Plan(title, starts, ends, ZONE, words, place)
    plan = replace(here, capacity=1, takes_mail=True)
    workshop = publish_event(
        tx, author=other, plan=plan, audience=Audience.PUBLIC, language=language
    )
    for guest in (keeper, new):
        answer_event(tx, actor=guest, post=workshop, wish="going")
    title, words, place = doings.weekly
    starts = (day + timedelta(days=5)).replace(hour=18)
    weekly = publish_event(
        tx,
        author=new,
        plan=Plan(title, starts, None, ZONE, words, place),
        audience=Audience.PUBLIC,
        language=language,
        repeat=Repeat("week", times=6),
    )
    answer_event(tx, actor=other, post=weekly, wish="maybe")


def _meet(
    tx: Tx,
    doings: Doings,
    people: Mapping[str, Actor],
    *,
    keeper: Actor,
    other: Actor,
    new: Actor,
    language: str,
) -> None:
    """There is a group, somebody new shows themselves, and two are asked whether they meet."""
    name, title, about, words = doings.group
    group = make_group(tx, founder=keeper, name=name, terms=Terms(title, about))
    request_follow(tx, follower=new, target=group)
    draft = Draft(source=words, audience=Audience.PUBLIC, language=language)
    write_post(tx, author=keeper, draft=draft)
    put_up_card(tx, member_id=new.id, words=doings.card)
    introduce(tx, proposer=keeper, one=other, other=new, reason=doings.reason)
    announce_here(tx, by=keeper, notice=Notice(doings.notice))
    for who, entry in doings.trades.items():
        change_entry(tx, actor=people[who], entry=entry)
