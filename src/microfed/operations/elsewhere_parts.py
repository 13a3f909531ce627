"""What a post from elsewhere brings with it: whom it names, pictures, a poll, a quote."""

from microfed.here import authority_of
from microfed.ids import id_at
from microfed.operations.aid_rows import remember_aid
from microfed.operations.circle_talk import Heard
from microfed.operations.emojis import remember_emojis
from microfed.operations.event_rows import remember_event
from microfed.operations.group_posts import named_in
from microfed.operations.naming import name_people
from microfed.operations.polls import remember_poll
from microfed.operations.quotes import remember_quote
from microfed.outbound.notify import notify
from microfed.queries.people import actors_at
from microfed.store.database import Tx
from microfed.store.insert import insert_all
from microfed.store.people import Actor
from microfed.store.posts import Attachment
from microfed.text import bare_text
from microfed.vocab.objects import Note
from microfed.vocab.polls import read_question, read_quotation
from microfed.vocab.reading import documents

MOST_NOTIFIED = 20
_QUOTES = frozenset(("quote", "quoteUrl", "quoteUri", "_misskey_quote"))


def title_of(note: Note) -> str | None:
    """Return the title of a post, unless its words begin with it."""
    title = bare_text(note.title) if note.title else None
    if title and note.type == "Event" and bare_text(note.content).startswith(title):
        return None  # its text begins with it, as ours do: it need not be read twice
    return title


def emojis_said(note: Note) -> list[dict[str, str]] | None:
    """Return the pictures that stand in its words."""
    return [{"shortcode": e.shortcode, "url": e.url} for e in note.emojis] or None


def name_those_in(
    tx: Tx, post_id: int, author: Actor, note: Note, heard: Heard | None = None
) -> list[Actor]:
    """Note who is named; return the neighbours that are."""
    addressed = {*note.to, *note.cc}
    tagged = {tag.href for tag in note.mentions}
    # Of everyone it is addressed to only those who live here matter; a list of thousands of
    # strangers costs one query all the same.
    ours = [uri for uri in addressed - tagged if tx.here.is_ours(uri)]
    people = actors_at(tx, [*tagged, *ours, *note.hidden])
    loud = {people[uri].id: people[uri] for uri in tagged if uri in people}
    silent = [people[uri] for uri in ours if uri in people]
    hidden = [people[uri] for uri in note.hidden if uri in people and people[uri].is_local]
    if heard is not None and heard.answers is not None:
        within = heard.only(people)
        loud = {id_: actor for id_, actor in loud.items() if actor.uri in within}
        silent = [actor for actor in silent if actor.uri in within]
        hidden = list(heard.readers) if heard.is_ours else hidden
    name_people(tx, post_id, loud=loud.values(), silent=silent, hidden=hidden)
    return [actor for actor in loud.values() if actor.is_local]


def who_is_told(tx: Tx, named: list[Actor], group: Actor | None) -> list[Actor]:
    """Return who hears that they are named: in a private group who is in it, and nobody else."""
    if group is None or not group.is_private:
        return named
    return list(named_in(tx, {person.uri: person for person in named}, group).values())


def tell_the_named(tx: Tx, post_id: int, author: Actor, named: list[Actor]) -> None:
    """Tell neighbours that they are named; a post that names a crowd tells the first of it."""
    for person in named[:MOST_NOTIFIED]:
        notify(tx, owner_id=person.id, kind="mention", from_id=author.id, post_id=post_id)


def add_parts(tx: Tx, post_id: int, author: Actor, note: Note) -> None:
    """Keep what only some posts have: a poll, an offer or a need, a quote."""
    document = note.document
    question = read_question(document) if "oneOf" in document or "anyOf" in document else None
    if question is not None:
        remember_poll(
            tx,
            post_id=post_id,
            options=question.options,
            is_multiple=question.is_multiple,
            ends_at=question.ends_at,
            voters_count=question.voters_count,
        )
    if note.type == "Event":
        remember_event(tx, post_id=post_id, author=author, document=document)
    if "proposal" in document:
        remember_aid(tx, post_id=post_id, document=document)
    if not _QUOTES.isdisjoint(document) or any(
        "mediaType" in tag for tag in documents(document.get("tag"))
    ):
        said = read_quotation(document)
        if said is not None and said.uri != note.id:
            remember_quote(tx, post_id=post_id, author=author, uri=note.id, said=said)


def attach(tx: Tx, post_id: int, note: Note) -> None:
    """Keep what is shown with a post, and the pictures in its words."""
    remember_emojis(tx, note.emojis, host=authority_of(note.id))
    insert_all(
        tx,
        Attachment,
        [
            {
                "id": id_at(tx.now),
                "post_id": post_id,
                "position": position,
                "kind": media.kind,
                "media_type": media.media_type,
                "remote_url": media.url,
                "description": media.description,
                "blurhash": media.blurhash,
                "width": media.width,
                "height": media.height,
                "focus_x": None if media.focus is None else media.focus[0],
                "focus_y": None if media.focus is None else media.focus[1],
            }
            for position, media in enumerate(note.attachments)
        ],
    )
