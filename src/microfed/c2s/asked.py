"""What a client's document says, and what it may not say: the checks that all activities share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from microfed.errors import Forbidden, Invalid, Missing, NotFound
from microfed.operations.media import find_uploads
from microfed.queries.groups import may_speak
from microfed.queries.people import actors_at
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import find_post, need_post, need_visible_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.text import bare_text
from microfed.vocab.deeds import said as says
from microfed.vocab.objects import Note
from microfed.vocab.reading import documents, ref, refs, word
from microfed.vocab.terms import PUBLIC_FORMS

Document = Mapping[str, Any]
ADDRESSES = ("to", "cc", "bto", "bcc", "audience")


def check_speaker(owner: Actor, document: Document) -> None:
    """Refuse a document that says somebody else did it, or made it."""
    for key in ("actor", "attributedTo"):
        for uri in refs(document.get(key)):
            if uri != owner.uri:
                raise Forbidden("this outbox speaks for its owner alone")


def check_new_id(owner: Actor, said: Document) -> None:
    """Refuse a new object that gives itself an id elsewhere; the server gives ids (ActivityPub §6).

    What is no address at all, or one under its owner's, is ignored.
    """
    uri = word(said.get("id")) or ""
    if uri.startswith(("https://", "http://")) and not uri.startswith(f"{owner.uri}/"):
        raise Forbidden(f"{uri} is not yours to give")


def embedded(document: Document) -> Document | None:
    """Return the first object that is there as a document."""
    return next(documents(document.get("object")), None)


def need_embedded(document: Document) -> Document:
    """Return the object as a document; Invalid when it is only named."""
    said = embedded(document)
    if said is None:
        raise Invalid("the object must be a document", {"object": "only an id"})
    return said


def need_id(document: Document, key: str = "object") -> str:
    """Return the id at `key`; Invalid when there is none."""
    uri = ref(document.get(key))
    if uri is None:
        raise Invalid(f"`{key}` needs an id", {key: "missing" if key not in document else "no id"})
    return uri


def need_own_post(tx: Tx, owner: Actor, uri: str) -> Post:
    """Return what `owner` said at `uri`; Forbidden when somebody else did."""
    post = find_post(tx, uri)
    if post is None:
        if not uri.startswith(f"{owner.uri}/"):
            raise Forbidden("this is somebody else's")
        raise NotFound("there is no such post")
    if post.actor_id != owner.id:
        raise Forbidden("this is somebody else's")
    return post


def need_readable(tx: Tx, owner: Actor, uri: str) -> Post:
    """Return a post that `owner` may read; Missing when another server must be asked first."""
    post = need_post(tx, uri)
    return need_visible_post(tx, Viewer(owner.id), id_=post.id)


def written(said: Document) -> str:
    """Return the words of a document as plain text, for what is kept as such."""
    source = said.get("source")
    plain = word(source.get("content")) if isinstance(source, Mapping) else None
    content = says(said, "content")[0] or ""
    return plain or (content if said.get("mediaType") == "text/plain" else bare_text(content))


def uploads(tx: Tx, owner: Actor, said: Document, read: Note) -> tuple[int, ...] | None:
    """Return the uploads that a post shows, named by their id or by the address of the file."""
    if "attachment" not in said:
        return None
    urls = (*refs(said["attachment"]), *(item.url for item in read.attachments))
    return tuple(find_uploads(tx, owner_id=owner.id, urls=urls))


@contextmanager
def in_words_of(fields: Mapping[str, str]) -> Iterator[None]:
    """Let a refusal name the property of a document, not the field of our own forms."""
    try:
        yield
    except Invalid as invalid:
        named = {fields.get(field, field): why for field, why in invalid.details.items()}
        raise Invalid(str(invalid), named) from None


def addressees(document: Document, said: Document, *keys: str) -> tuple[str, ...]:
    """Return whom an activity and its object name at `keys`: both count for both."""
    both = (uri for one in (document, said) for key in keys for uri in refs(one.get(key)))
    return tuple(dict.fromkeys(both))


def group_addressed(
    tx: Tx, owner: Actor, uris: tuple[str, ...], *, audience: tuple[str, ...]
) -> tuple[Actor | None, tuple[str, ...]]:
    """Return the group that `owner` speaks in, and the names of the members of all groups named.

    A private one is meant wherever it is named; to speak in another, `audience` says so: with
    everyone among the addressees, a name is enough, and nothing has to be widened.
    """
    if all(uri in PUBLIC_FORMS or uri == owner.followers_uri for uri in uris):
        return None, ()
    named = [one for one in actors_at(tx, uris).values() if one.kind == "Group"]
    members = tuple(one.followers_uri for one in named if one.followers_uri)
    for one in named:
        meant = one.is_private or one.uri in audience
        if meant and may_speak(tx, author=owner, group=one):
            return one, members
    return None, members


def need_people(
    tx: Tx, uris: tuple[str, ...], *, besides: frozenset[str | None]
) -> tuple[str, ...]:
    """Return the actors among addressees; Missing while somebody elsewhere is not known yet.

    They must be known, or a post to them would go nowhere without a word.
    """
    people = tuple(uri for uri in uris if uri not in PUBLIC_FORMS and uri not in besides)
    known = actors_at(tx, people)
    for uri in people:
        if uri not in known and not tx.here.is_ours(uri) and uri not in tx.out_of_reach:
            raise Missing(uri)
    return people
