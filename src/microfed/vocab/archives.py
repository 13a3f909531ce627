"""Archives that other places give their members: whose one is, and which old posts it tells of.

Mastodon's is the one that others follow: `actor.json`, and `outbox.json` with the activities, where
each file of a post has a path inside the archive for an address.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from microfed.errors import Invalid
from microfed.vocab.aid import Proposal, read_proposal
from microfed.vocab.audience import Audience, read_audience
from microfed.vocab.events import Meeting, read_event
from microfed.vocab.objects import Note, is_post, read_note
from microfed.vocab.polls import Question, read_question, read_vote
from microfed.vocab.reading import as_list, documents, known_type, ref, refs, types, word

# Why a whole archive is not taken. The pages say each in a sentence.
REFUSALS = (
    "no_archive",  # neither .zip nor .tar.gz
    "unsafe",  # it reaches out of itself
    "too_large",  # unpacked
    "no_outbox",
    "no_actor",
    "nothing",  # that can be read here
    "of_a_neighbour",  # of somebody else who lives here
    "broken",
)
# Why a part of it is left out.
LEFT = (
    "boost",
    "foreign",
    "private",
    "answer",
    "vote",
    "undated",
    "empty",
    "unreadable",
    "known",
    "file_missing",
    "file_refused",
    "file_too_many",
)
_FILES = frozenset({"Document", "Image", "Video", "Audio"})
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Whose:
    """The account that an archive is of, as it says of itself."""

    uri: str
    followers_uri: str | None


@dataclass(frozen=True, slots=True)
class OldFile:
    """A picture, sound or film of an old post: its path inside the archive."""

    path: str
    description: str | None
    focus: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class OldPost:
    """An old post, as it can be said here again."""

    note: Note
    published: datetime
    audience: Audience
    parent: str | None  # another post of the same author
    parent_is_there: bool  # in the archive, whether it is taken or not
    files: tuple[OldFile, ...]
    question: Question | None
    proposal: Proposal | None  # what it offered or looked for
    meeting: Meeting | None  # the event it told of


class LeftOut(Exception):
    """A part of an archive is not taken: `why` is one of LEFT, `what` says which part it is."""

    def __init__(self, why: str, what: str = "") -> None:
        super().__init__(why)
        self.why, self.what = why, what


def read_whose(actor: Mapping[str, Any]) -> Whose:
    """Return whose archive this is; Invalid when it does not say."""
    uri = word(actor.get("id"))
    if uri is None or not uri.startswith(("https://", "http://")):
        raise Invalid("no_actor")
    return Whose(uri, ref(actor.get("followers")))


def read_old_post(
    item: Any,
    whose: Whose,
    *,
    own: Collection[str],
    is_home: bool,
    takes_answers: bool,
) -> OldPost:
    """Return the old post in an activity of the outbox; LeftOut for all else.

    `own` are the ids of the posts in the archive. `is_home`: it was made in this very place.
    """
    if not isinstance(item, Mapping):
        raise LeftOut("unreadable")
    if "Announce" in types(item):
        raise LeftOut("boost", ref(item.get("object")) or "")
    inner = item.get("object") if "Create" in types(item) else item
    if not isinstance(inner, Mapping) or not is_post(inner):
        raise LeftOut("unreadable", ref(item) or "")
    try:
        note = read_note(inner)
    except Invalid:
        raise LeftOut("unreadable", ref(item) or "") from None
    if whose.uri not in refs(inner.get("attributedTo")) or ref(item.get("actor")) not in (
        None,
        whose.uri,
    ):
        raise LeftOut("foreign", note.id)
    if read_vote(inner) is not None:
        raise LeftOut("vote", note.id)
    if note.published is None or note.published < _EARLIEST:
        raise LeftOut("undated", note.id)
    files = tuple(_files(inner))
    question = read_question(inner)
    if not (note.content.strip() or note.title or files or question):
        raise LeftOut("empty", note.id)
    audience = _audience(item, note, whose, is_home=is_home)
    is_own = note.in_reply_to is not None and (
        note.in_reply_to in own or note.in_reply_to.startswith(f"{whose.uri}/")
    )
    if note.in_reply_to is not None and not is_own and not takes_answers:
        raise LeftOut("answer", note.id)
    parent = note.in_reply_to if is_own else None
    is_there = parent is not None and parent in own
    return OldPost(
        *(note, note.published, audience, parent, is_there, files, question),
        proposal=read_proposal(inner),
        meeting=read_event(inner),
    )


def id_of(item: Any) -> str | None:
    """Return the id of the post in an activity that makes one."""
    if not isinstance(item, Mapping) or "Announce" in types(item):
        return None
    return ref(item.get("object")) or ref(item)


def moment_of(item: Any) -> str:
    """Return when something of an outbox was said, as text that sorts."""
    if not isinstance(item, Mapping):
        return ""
    inner = item.get("object")
    said = inner.get("published") if isinstance(inner, Mapping) else None
    return word(said) or word(item.get("published")) or ""


def _audience(item: Mapping[str, Any], note: Note, whose: Whose, *, is_home: bool) -> Audience:
    """Return whom an old post is for here: never anyone who could not read it there.

    What was for everyone is for everyone, but on no timeline: nothing old comes up as news. What
    was for a neighbourhood is for it in the same place only; elsewhere it is its author's alone.
    """
    told = item.get("microfed")
    near = told.get("audience") if isinstance(told, Mapping) else None
    if near in (Audience.LOCAL, Audience.RING):
        return Audience(near) if is_home else Audience.PEOPLE
    if near in (Audience.CIRCLE, Audience.GROUP):  # who was in it then is not known here
        return Audience.PEOPLE
    to, cc = note.to, note.cc
    if not to and not cc:
        to, cc = refs(item.get("to")), refs(item.get("cc"))
    if near == Audience.PEOPLE and not to and not cc:  # it was its author's alone already
        return Audience.PEOPLE
    audience = read_audience(to=to, cc=cc, followers_uri=whose.followers_uri)
    if audience is Audience.PEOPLE:
        raise LeftOut("private", note.id)
    return Audience.QUIET if audience.is_open else audience


def _files(document: Mapping[str, Any]) -> list[OldFile]:
    found = []
    for item in documents(document.get("attachment")):
        if known_type(item, _FILES) is None:
            continue
        url = next((u for u in as_list(item.get("url")) if isinstance(u, str)), None) or ref(
            item.get("url")
        )
        if not url:
            continue
        focus = [v for v in as_list(item.get("focalPoint")) if isinstance(v, int | float)]
        found.append(
            OldFile(
                path=path_in_archive(url),
                description=word(item.get("summary")) or word(item.get("name")),
                focus=(float(focus[0]), float(focus[1])) if len(focus) == 2 else None,
            )
        )
    return found[:20]


def path_in_archive(url: str) -> str:
    """Return the path that an address of a file has inside the archive."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return ""
    # Mastodon leaves out the folder of its storage, and sometimes the slash before the rest.
    return path.lstrip("/").removeprefix("system/")
