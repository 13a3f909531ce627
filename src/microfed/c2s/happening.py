"""Create and Update of an Event: a client plans something in its member's name."""

from collections.abc import Mapping
from dataclasses import replace

from microfed.c2s.asked import Document, in_words_of
from microfed.errors import Invalid
from microfed.operations.event_rows import Plan, need_event
from microfed.operations.events import cancel_event, edit_event, publish_event
from microfed.operations.saying import Draft
from microfed.outbound.render_posts import note
from microfed.queries.events import event_of
from microfed.queries.members import language_of
from microfed.queries.whole_posts import whole_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.text import bare_text
from microfed.vocab.events import is_zone, read_event, read_happening
from microfed.vocab.objects import Note, read_note
from microfed.vocab.reading import moment, number, word

_WORDS = ("content", "contentMap", "source", "mediaType")
# What our forms call it, and what it is called in a document.
_FIELDS = {
    "title": "object.name",
    "starts": "object.startTime",
    "ends": "object.endTime",
    "zone": "object.timezone",
    "place": "object.location",
    "words": "object.content",
    "capacity": "object.maximumAttendeeCapacity",
}
_STATES = ("status", "ical:status")


def create_event(tx: Tx, owner: Actor, said: Document, *, draft: Draft) -> Post:
    """Plan something; `draft` says for whom. Invalid for what has no name or no beginning."""
    read = _read(owner, said)
    with in_words_of(_FIELDS):
        return publish_event(
            tx,
            author=owner,
            plan=_plan(said, read),
            audience=draft.audience,
            language=read.language or language_of(tx, owner.id),
            people=draft,
        )


def change_event(tx: Tx, owner: Actor, post: Post, said: Document) -> None:
    """What is given replaces; one that is CANCELLED now is called off."""
    if any(word(said.get(key)) == "CANCELLED" for key in _STATES):
        cancel_event(tx, author=owner, post=post)
        return
    stands = note(tx.here, whole_post(tx, post))
    # Our own document given back has its words in a frame: those are no other words.
    has_words = any(key in said and said[key] != stands.get(key) for key in _WORDS)
    if has_words:
        stands = {key: value for key, value in stands.items() if key not in _WORDS}
    merged = {**stands, **said}
    with in_words_of(_FIELDS):
        plan = _plan(merged, _read(owner, merged))
        if not has_words:
            plan = replace(plan, words=need_event(tx, post.id).words)
        edit_event(tx, author=owner, post=post, plan=plan)


def is_planned(tx: Tx, post: Post) -> bool:
    """Say whether a post stands in the agenda; an Event that says no beginning is words alone."""
    return event_of(tx, post.id) is not None


def _read(owner: Actor, said: Document) -> Note:
    return read_note({**said, "id": owner.uri, "attributedTo": owner.uri})


def _plan(said: Document, read: Note) -> Plan:
    event = read_event(said)
    if event is None:
        raise Invalid("an event needs a name and a beginning", {"object.startTime": "missing"})
    _check(said)
    source = said.get("source")
    plain = word(source.get("content")) if isinstance(source, Mapping) else None
    is_plain = said.get("mediaType") == "text/plain"
    happens = read_happening(said)
    return Plan(
        title=word(said.get("name")) or event.title,
        starts_at=event.starts_at,
        ends_at=moment(said.get("endTime")),
        zone=event.zone,
        words=plain or (read.content if is_plain else bare_text(read.content)),
        place=event.place if happens is None else happens.place,
        capacity=number(said.get("maximumAttendeeCapacity")),
        takes_mail=said.get("anonymousParticipationEnabled") is True,
    )


def _check(said: Document) -> None:
    """Refuse what would be passed over in silence in a document of others."""
    room, zone = said.get("maximumAttendeeCapacity"), said.get("timezone")
    if said.get("endTime") is not None and moment(said["endTime"]) is None:
        raise Invalid("this is no moment", {"ends": "no moment"})
    if room is not None and number(room) is None:
        raise Invalid("this is no number of people", {"capacity": "no whole number"})
    if zone is not None and not (isinstance(zone, str) and is_zone(zone)):
        raise Invalid("there is no such clock", {"zone": "no such clock"})
