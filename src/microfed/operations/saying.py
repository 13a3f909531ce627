"""What somebody wants to say, before it is a post: whether it may stand, and whom it names."""

from dataclasses import dataclass, replace
from typing import Any

from microfed.errors import Invalid, Missing
from microfed.operations.aid_rows import Terms
from microfed.operations.circle_talk import Heard, heard_by
from microfed.operations.event_rows import Plan
from microfed.operations.polls import Choice
from microfed.queries.files import emojis_in
from microfed.queries.people import actors_at, find_by_handle
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.text import Named, clean_html, clean_text, find_handles, plain_to_html
from microfed.vocab.audience import Audience

MOST_CHARACTERS = 5_000
MOST_WARNING = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """What a neighbour wants to say. Either `source` in plain text, or `html` from a client that
    writes its own. `people` are ids of actors it is addressed to besides those it names, `hidden`
    of those whom nobody else sees there, `circles` of circles of the author's."""

    source: str = ""
    html: str | None = None
    audience: Audience = Audience.PUBLIC
    warning: str = ""
    is_sensitive: bool = False
    language: str | None = None
    title: str | None = None
    kind: str = "note"
    in_reply_to: Post | None = None
    people: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    circles: tuple[int, ...] = ()
    mentions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    application: str | None = None
    attachments: tuple[int, ...] | None = None  # ids of media; None: as they are
    poll: Choice | None = None
    quote_of: Post | None = None
    quote_policy: str | None = None
    aid: Terms | None = None  # what it offers or needs
    event: Plan | None = None  # what takes place
    id: int | None = None  # of the post, where its words name it
    group: Actor | None = None  # in which it is said
    is_vote: bool = False  # what the place decides after a consultation
    document: dict[str, Any] | None = None  # of a deed or a thing, as its client wrote it


def checked(draft: Draft) -> Draft:
    """Return the draft as it may stand; an answer is never wider than the question."""
    source, warning = clean_text(draft.source), clean_text(draft.warning).strip()
    html = None if draft.html is None else clean_html(draft.html)
    if not (source.strip() or html or draft.title or draft.attachments or draft.poll):
        raise Invalid("a post needs words", {"status": "a post needs words"})
    if len(source) > MOST_CHARACTERS or len(html or "") > 10 * MOST_CHARACTERS:
        raise Invalid(
            f"a post has at most {MOST_CHARACTERS} characters", {"status": "too many characters"}
        )
    if len(warning) > MOST_WARNING:
        raise Invalid(f"a content warning has at most {MOST_WARNING} characters")
    return replace(draft, source=source, html=html, warning=warning, audience=_no_wider(draft))


def _no_wider(draft: Draft) -> Audience:
    if draft.in_reply_to is None:
        return draft.audience
    asked = Audience(draft.in_reply_to.audience)
    if asked.is_open or draft.audience is Audience.PEOPLE:
        return draft.audience
    if draft.audience is Audience.CIRCLE and asked not in (Audience.CIRCLE, Audience.PEOPLE):
        # Those of a circle may not have read it, and the others would read what is not for them.
        raise Invalid("this cannot be answered in a circle", {"visibility": "not in a circle"})
    if asked is Audience.FOLLOWERS and draft.audience is Audience.LOCAL:
        return draft.audience
    if asked is Audience.RING and draft.audience is Audience.LOCAL:
        return draft.audience
    return asked


def people_named(tx: Tx, author: Actor, draft: Draft) -> dict[str, Actor]:
    """Return everyone the draft names, by handle or address as written."""
    named: dict[str, Actor] = {}
    for handle in find_handles(draft.source):
        person = find_by_handle(tx, handle, even_private=True)
        key = f"acct:{handle}"
        if person is None and tx.here.local_name(handle) is None and key not in tx.out_of_reach:
            raise Missing(key)
        if person is not None and person.gone_at is None:
            named[handle] = person
    named |= actors_at(tx, draft.mentions)
    if draft.in_reply_to is not None:  # peers show an answer to whom it names (interop.md §0.9)
        asked = tx.session.get(Actor, draft.in_reply_to.actor_id)
        if asked is not None and asked.id not in {person.id for person in named.values()}:
            named[asked.uri] = asked
    return {key: person for key, person in named.items() if person.id != author.id}


def people_besides(
    tx: Tx, author: Actor, uris: tuple[str, ...], named: dict[str, Actor]
) -> list[Actor]:
    """Return those at `uris` whom the words do not name already."""
    loud = {person.id for person in named.values()} | {author.id}
    return [
        person
        for person in actors_at(tx, uris).values()
        if person.id not in loud and not person.is_private
    ]


def who_hears(tx: Tx, author: Actor, draft: Draft) -> Heard:
    """Return who hears what is said in a circle."""
    return heard_by(
        tx,
        author=author,
        parent=draft.in_reply_to,
        circle_ids=draft.circles,
        besides=bool(draft.people or draft.hidden),
    )


def emojis_of(tx: Tx, draft: Draft) -> list[dict[str, Any]] | None:
    """Return the pictures of the place that stand in the words."""
    options = draft.poll.options if draft.poll else ()
    parts = (draft.source, draft.html or "", draft.warning, draft.title or "", *options)
    return emojis_in(tx, " ".join(parts)) or None


def content_of(tx: Tx, draft: Draft, named: dict[str, Actor]) -> str:
    """Return the words as HTML; who is named in them leads to their page."""
    if draft.html is not None:
        return draft.html
    pages = {
        handle: Named(person.username, person.url or person.uri) for handle, person in named.items()
    }
    return plain_to_html(draft.source, named=pages, tag_url=tx.here.tag)


def extras_of(draft: Draft, heard: Heard | None, *, is_asked: bool) -> dict[str, Any] | None:
    """Return what only some posts have."""
    extras: dict[str, Any] = {} if heard is None else heard.extras
    if draft.document is not None:
        extras["document"] = draft.document
    if draft.aid is not None:
        extras["aid"] = True  # so that other posts are not asked for theirs
    if draft.circles and draft.event is not None and draft.event.later:
        extras["circles"] = list(draft.circles)  # for the dates whose turn comes
    if draft.is_vote:
        extras["vote"] = True  # and other questions for no ballots
    return ({**extras, "waits_for_leave": True} if is_asked else extras) or None
