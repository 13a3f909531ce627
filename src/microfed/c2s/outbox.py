"""What a client may post to its owner's outbox: each activity ends in the operation that rules it.

The table is the index. Each row takes the owner and the document, does it, and returns the
activity as the world gets it (ActivityPub §6, interop.md §6.3).
"""

from collections.abc import Callable, Mapping
from typing import Any

from microfed.errors import Forbidden, Invalid, Missing, NotFound
from microfed.operations.follows import (
    find_follow,
    find_own_follow,
    request_follow,
    unfollow,
)
from microfed.operations.media import find_uploads
from microfed.operations.posts import Draft, delete_post, edit_post, write_post
from microfed.operations.reactions import boost, find_boost, find_like, like, unboost, unlike
from microfed.outbound.render import activity, follow_inside
from microfed.outbound.render_posts import announce, create, delete, update
from microfed.queries.people import actors_at, find_actor, need_actor
from microfed.queries.visibility import Viewer
from microfed.queries.whole_posts import find_post, need_post, need_visible_post, whole_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.audience import read_audience
from microfed.vocab.objects import Note, is_post, read_note
from microfed.vocab.reading import documents, ref, refs, types, word
from microfed.vocab.terms import PUBLIC_FORMS

Document = Mapping[str, Any]
Perform = Callable[[Tx, Actor, Document], dict[str, Any]]


def perform(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Do what `document` says in `owner`'s name; a bare object is wrapped in a Create.

    Raises Forbidden when it speaks for somebody else, Invalid when it lacks what its type needs.
    """
    kinds = types(document)
    if not kinds:
        raise Invalid("an activity needs a type", {"type": "missing"})
    if is_post(document):
        document = {
            "type": "Create",
            "to": document.get("to"),
            "cc": document.get("cc"),
            "bto": document.get("bto"),
            "bcc": document.get("bcc"),
            "audience": document.get("audience"),
            "object": document,
        }
        kinds = ("Create",)
    speaker = ref(document.get("actor"))
    if speaker is not None and speaker != owner.uri:
        raise Forbidden("this outbox speaks for its owner alone")
    doing = next((PERFORM[kind] for kind in kinds if kind in PERFORM), None)
    if doing is None:
        raise Invalid(f"we do not know how to {'/'.join(kinds)} yet", {"type": "unknown"})
    if document.get("object") in (None, "", []):
        raise Invalid("this activity needs an object", {"object": "missing"})
    return doing(tx, owner, document)


def _create(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    said = _embedded(document)
    draft = _draft(tx, owner, document, said)
    post = write_post(tx, author=owner, draft=draft)
    return create(tx.here, whole_post(tx, post))


def _update(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    said = _embedded(document)
    post = _own_post(tx, owner, document)
    if not (word(said.get("content")) or said.get("source")):
        # AndStatus sends its likes as an Update of a Note that says nothing.
        raise Invalid("an Update needs the new content", {"content": "missing"})
    draft = _draft(tx, owner, {}, {"type": "Note", "summary": post.warning, **said})
    edit_post(tx, author=owner, post=post, draft=draft)
    return update(tx.here, whole_post(tx, post))


def _delete(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    post = _own_post(tx, owner, document)
    whole = whole_post(tx, post)
    done = delete(actor=owner.uri, uri=post.uri, to=whole.addressing.everyone)
    delete_post(tx, author=owner, post=post)
    return done


def _follow(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    target = need_actor(tx, _object(document))
    follow = request_follow(tx, follower=owner, target=target)
    if follow is None:
        raise Forbidden("this account cannot be followed")
    return activity("Follow", id_=follow.uri, actor=owner.uri, to=[target.uri], object_=target.uri)


def _like(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    post = _readable(tx, owner, _object(document))
    like(tx, actor=owner, post=post)
    known = find_like(tx, actor_id=owner.id, post_id=post.id)
    author = tx.session.get_one(Actor, post.actor_id)
    if known is None or known.uri is None:
        raise NotFound("there is no such like")
    return activity("Like", id_=known.uri, actor=owner.uri, to=[author.uri], object_=post.uri)


def _announce(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    post = _readable(tx, owner, _object(document))
    passed_on = boost(tx, actor=owner, post=post)
    author = tx.session.get_one(Actor, post.actor_id)
    return announce(passed_on, actor=owner, of=post, author_uri=author.uri)


def _undo(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Take back a Follow, Like or Announce, named by id or embedded."""
    inside = next(documents(document.get("object")), {})
    uri, what = _object(document, needed=False), ref(inside.get("object"))
    for take_back in (_undo_follow, _undo_announce, _undo_like):
        done = take_back(tx, owner, uri, types(inside), what)
        if done is not None:
            return done
    raise NotFound("there is nothing of yours to undo")


def _undo_follow(
    tx: Tx, owner: Actor, uri: str | None, kinds: tuple[str, ...], what: str | None
) -> dict[str, Any] | None:
    target = find_actor(tx, what) if what and "Follow" in kinds else None
    follow = None if target is None else find_follow(tx, follower=owner, target=target)
    if follow is None and uri is not None:
        follow = find_own_follow(tx, follower=owner, uri=uri)
    if follow is None:
        return None
    inside = follow_inside(uri=follow.uri, follower=owner.uri, target=follow.target.uri)
    done = _undone(owner, f"{follow.uri}#undo", [follow.target.uri], inside)
    unfollow(tx, follower=owner, target=follow.target)
    return done


def _undo_announce(
    tx: Tx, owner: Actor, uri: str | None, kinds: tuple[str, ...], what: str | None
) -> dict[str, Any] | None:
    passed_on = None
    if what and "Announce" in kinds and (post := find_post(tx, what)) is not None:
        passed_on = find_boost(tx, actor_id=owner.id, post_id=post.id)
    if passed_on is None and uri is not None:
        passed_on = find_post(tx, uri)
    if passed_on is None or passed_on.boost_of_id is None or passed_on.actor_id != owner.id:
        return None
    of = tx.session.get_one(Post, passed_on.boost_of_id)
    author = tx.session.get_one(Actor, of.actor_id)
    inside = announce(passed_on, actor=owner, of=of, author_uri=author.uri)
    done = _undone(owner, f"{passed_on.uri}#undo", inside["to"], inside)
    unboost(tx, actor=owner, post=of)
    return done


def _undo_like(
    tx: Tx, owner: Actor, uri: str | None, kinds: tuple[str, ...], what: str | None
) -> dict[str, Any] | None:
    known = None
    if what and "Like" in kinds and (post := find_post(tx, what)) is not None:
        known = find_like(tx, actor_id=owner.id, post_id=post.id)
    if known is None and uri is not None:
        known = find_like(tx, actor_id=owner.id, uri=uri)
    if known is None:
        return None
    post = tx.session.get_one(Post, known.post_id)
    author = tx.session.get_one(Actor, post.actor_id)
    inside = {"id": known.uri, "type": "Like", "actor": owner.uri, "object": post.uri}
    done = _undone(owner, f"{known.uri}/undo", [author.uri], inside)
    unlike(tx, actor=owner, post=post)
    return done


PERFORM: dict[str, Perform] = {
    "Create": _create,
    "Update": _update,
    "Delete": _delete,
    "Follow": _follow,
    "Like": _like,
    "Announce": _announce,
    "Undo": _undo,
}


def _draft(tx: Tx, owner: Actor, around: Document, said: Document) -> Draft:
    """Return what the client wants to say; addressees on either of the two count."""
    to = (*refs(around.get("to")), *refs(said.get("to")))
    cc = tuple(
        uri
        for key in ("cc", "bto", "bcc", "audience")
        for uri in (*refs(around.get(key)), *refs(said.get(key)))
    )
    note = read_note({**said, "id": owner.uri, "attributedTo": owner.uri})
    audience = read_audience(to=to, cc=cc, followers_uri=owner.followers_uri)
    people = [uri for uri in {*to, *cc} - PUBLIC_FORMS if uri != owner.followers_uri]
    _need_people(tx, people)
    is_plain = said.get("mediaType") == "text/plain"
    source = said.get("source")
    plain = word(source.get("content")) if isinstance(source, Mapping) else None
    return Draft(
        source=(plain or "") if not note.content else (note.content if is_plain else ""),
        html=None if is_plain or not note.content else note.content,
        audience=audience,
        warning=note.warning,
        is_sensitive=note.is_sensitive,
        language=note.language,
        title=note.title,
        kind=note.type.lower(),
        in_reply_to=_parent(tx, owner, note.in_reply_to),
        people=tuple(people),
        mentions=tuple(tag.href for tag in note.mentions),
        tags=note.hashtags,
        attachments=_uploads(tx, owner, said, note),
    )


def _uploads(tx: Tx, owner: Actor, said: Document, note: Note) -> tuple[int, ...] | None:
    """Return the uploads that a post shows, named by their id or by the address of the file."""
    if "attachment" not in said:
        return None
    urls = (*refs(said["attachment"]), *(item.url for item in note.attachments))
    return tuple(find_uploads(tx, owner_id=owner.id, urls=urls))


def _need_people(tx: Tx, uris: list[str]) -> None:
    """Whoever is addressed must be known, or their post would go nowhere without a word."""
    known = actors_at(tx, uris)
    for uri in uris:
        if uri not in known and not tx.here.is_ours(uri) and uri not in tx.out_of_reach:
            raise Missing(uri)


def _parent(tx: Tx, owner: Actor, uri: str | None) -> Post | None:
    return None if uri is None else _readable(tx, owner, uri)


def _readable(tx: Tx, owner: Actor, uri: str) -> Post:
    post = need_post(tx, uri)
    return need_visible_post(tx, Viewer(owner.id), id_=post.id)


def _own_post(tx: Tx, owner: Actor, document: Document) -> Post:
    post = find_post(tx, _object(document))
    if post is None:
        raise NotFound("there is no such post")
    if post.actor_id != owner.id:
        raise Forbidden("this post is not yours")
    return post


def _embedded(document: Document) -> Document:
    said = next(documents(document.get("object")), None)
    if said is None or not is_post(said):
        raise Invalid("the object must be a post", {"object": "not a post"})
    author = ref(said.get("attributedTo"))
    speaker = ref(document.get("actor"))
    if author is not None and speaker is not None and author != speaker:
        raise Forbidden("the post is attributed to somebody else")
    return said


def _object(document: Document, *, needed: bool = True) -> str:
    uri = ref(document.get("object"))
    if uri is None and needed:
        raise Invalid("the object needs an id", {"object": "no id"})
    return uri or ""


def _undone(owner: Actor, uri: str, to: list[str], inside: Mapping[str, Any]) -> dict[str, Any]:
    bare = {key: value for key, value in inside.items() if key != "@context"}
    return activity("Undo", id_=uri, actor=owner.uri, to=to, object_=bare)
