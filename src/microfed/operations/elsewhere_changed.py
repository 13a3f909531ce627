"""Posts from elsewhere that their authors corrected."""

from sqlalchemy import delete, select

from microfed.errors import Forbidden, NotFound
from microfed.here import authority, same_origin
from microfed.operations.aid_rows import forget_aid
from microfed.operations.circle_talk import name_in_circle
from microfed.operations.elsewhere_parts import (
    add_parts,
    attach,
    emojis_said,
    name_those_in,
    tell_the_named,
    title_of,
    who_is_told,
)
from microfed.operations.jobs import add_job
from microfed.operations.naming import tag_post
from microfed.operations.post_rows import keep_version
from microfed.operations.previews import show_link_anew
from microfed.operations.readable import readable, warning_of
from microfed.operations.searching import words_changed
from microfed.outbound.circles import readers_of
from microfed.outbound.notify import notify_of_edit
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Attachment, Post, PostTag
from microfed.text import bare_text
from microfed.vocab.audience import Audience
from microfed.vocab.objects import Note
from microfed.vocab.policies import read_policy


def read_where_it_lives(tx: Tx, *, by: Actor, uri: str, even_own: bool = False) -> bool:
    """Somebody says that what a group of their server said has changed: it is read anew at home.

    A group of Mobilizon has no hand of its own: its people write for it, in their names. Whether
    one of them may, their server alone knows; so nothing they bring along is believed.
    """
    post = tx.session.scalar(select(Post).where(Post.uri == uri, Post.boost_of_id.is_(None)))
    if post is None or post.is_local or not same_origin(uri, by.uri):
        return False
    author = tx.session.get_one(Actor, post.actor_id)
    is_of_group = author.kind == "Group" and (even_own or author.id != by.id)
    if is_of_group:
        add_job(tx, "refetch", key=uri, arguments={"uri": uri})
    return is_of_group


def change_post(tx: Tx, *, author: Actor, note: Note) -> None:
    """An author elsewhere corrected a post. Who may read it never changes; older news is ignored.

    Raises NotFound for a post we do not have: nobody here has read it.
    """
    post = tx.session.scalar(select(Post).where(Post.uri == note.id))
    if post is None:
        raise NotFound("we do not have this post")
    authority(author.uri, note.id, owner=note.attributed_to)
    if post.actor_id != author.id:
        raise Forbidden("this post is somebody else's")
    if note.updated is not None and post.edited_at is not None and note.updated < post.edited_at:
        return
    content, warning = readable(note), bare_text(warning_of(note))
    is_edit = note.updated is not None and (content, warning) != (post.content, post.warning)
    if is_edit:
        keep_version(tx, post)
        post.edited_at = min(note.updated or tx.now, tx.now)
    if content or note.title:  # an Update that says nothing must not blank a post
        post.content = content
    post.title = title_of(note)
    post.warning = warning
    post.is_sensitive = note.is_sensitive or bool(warning)
    post.language = note.language or post.language
    post.url = note.url or post.url
    post.emojis = emojis_said(note)
    _change_policy(post, note)
    post.version += 1
    tx.flush()
    tx.connection.execute(delete(PostTag).where(PostTag.post_id == post.id))
    tag_post(tx, post.id, note.hashtags)
    tx.connection.execute(delete(Attachment).where(Attachment.post_id == post.id))
    attach(tx, post.id, note)
    add_parts(tx, post.id, author, note)
    if "proposal" not in note.document:  # it was one; now it is a post like any other
        forget_aid(tx, post.id)
    words_changed(tx, post.id)
    show_link_anew(tx, post)
    tx.tell("post_changed", post.id)
    if is_edit:
        group = None if post.group_id is None else tx.session.get(Actor, post.group_id)
        named = who_is_told(tx, _name_again(tx, post, author, note), group)
        tell_the_named(tx, post.id, author, named)
        notify_of_edit(tx, author_id=author.id, post_id=post.id)
        tx.tell("stream", ("edit", post.id))


def _change_policy(post: Post, note: Note) -> None:
    policy = read_policy(note.document)
    before = post.extras or {}
    if policy != before.get("policy"):
        post.extras = {**before, "policy": policy}


def _name_again(tx: Tx, post: Post, author: Actor, note: Note) -> list[Actor]:
    """Note who is named in a corrected post; in a circle that lets nobody in."""
    if Audience(post.audience) is not Audience.CIRCLE:
        return name_those_in(tx, post.id, author, note)
    readers = {reader.uri: reader for reader in readers_of(tx, post)}
    named = [readers[tag.href] for tag in note.mentions if tag.href in readers]
    name_in_circle(tx, post.id, [reader.id for reader in named])
    return [reader for reader in named if reader.is_local]
