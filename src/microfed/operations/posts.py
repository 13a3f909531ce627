"""Posts of the people who live here: saying, correcting, taking back."""

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, delete, update

from microfed.errors import Forbidden, Invalid, Missing
from microfed.ids import id_at
from microfed.operations.aid_rows import Terms, add_aid
from microfed.operations.alliances import tell_those_who_listen
from microfed.operations.circle_talk import Heard, heard_by, name_in_circle
from microfed.operations.event_rows import Plan, add_event
from microfed.operations.group_posts import (
    groups_with,
    inboxes_of_groups,
    named_in,
    pass_on,
    private_group_in,
    was_changed,
    was_taken_back,
    where_said,
)
from microfed.operations.naming import name_people, tag_post
from microfed.operations.people import bury
from microfed.operations.polls import Choice
from microfed.operations.post_inboxes import inboxes_it_goes_to, inboxes_it_was_seen_at
from microfed.operations.post_parts import add_parts, change_parts, parts_then, quote_is_gone
from microfed.operations.previews import show_link, show_link_anew
from microfed.operations.quotes import ask_to_quote
from microfed.operations.relays import tell_relays
from microfed.operations.searching import make_findable, make_new_findable
from microfed.outbound.allies import place_in_ring
from microfed.outbound.attention import attention
from microfed.outbound.circles import readers_of
from microfed.outbound.deliver import deliver, deliver_anew
from microfed.outbound.groups import place_in_group
from microfed.outbound.home import place_in_homes
from microfed.outbound.listed import place_by_tags
from microfed.outbound.notify import notify, notify_of_edit, notify_of_post
from microfed.outbound.render_posts import create, undo
from microfed.outbound.render_posts import delete as delete_activity
from microfed.outbound.render_posts import update as update_activity
from microfed.outbound.talks import leave_talks, place_in_talks
from microfed.queries.files import emojis_in
from microfed.queries.people import actors_at, find_by_handle
from microfed.queries.policies import verdict_on
from microfed.queries.whole_posts import Part, whole_post
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor
from microfed.store.posts import Mention, Post, PostEdit, PostTag
from microfed.store.rows import Moment
from microfed.text import Named, clean_html, clean_text, find_handles, find_tags, plain_to_html
from microfed.vocab.audience import Audience

MOST_CHARACTERS = 5_000
MOST_WARNING = 500
_COUNT_POST = (
    update(Actor)
    .where(Actor.id == bindparam("author"))
    .values(posts_count=Actor.posts_count + 1, last_post_at=bindparam("now", type_=Moment()))
)


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


def write_post(tx: Tx, *, author: Actor, draft: Draft) -> Post:
    """`author` says something. It stands in every timeline, and on its way, when this commits.

    Raises Invalid when there is nothing to say or too much, Missing when someone named in it must
    first be asked about.
    """
    draft = _checked(draft)
    parent = draft.in_reply_to
    named = _people_named(tx, author, draft)
    group, audience = where_said(
        tx,
        author=author,
        group=draft.group
        or private_group_in(tx, author=author, named=named, audience=Audience(draft.audience)),
        audience=Audience(draft.audience),
        parent=parent,
    )
    draft, named = replace(draft, audience=audience), named_in(tx, named, group)
    may = "yes"
    if parent is not None:
        may = verdict_on(tx, actor=author, post=parent, deed="reply")
    if may == "no":
        raise Forbidden("the author does not want answers of everyone")
    heard = None
    if draft.audience is Audience.CIRCLE:
        heard = _heard(tx, author, draft)
        named = heard.only(named)
    id_ = draft.id or id_at(tx.now)
    post = Post(
        id=id_,
        uri=f"{author.uri}/posts/{id_}",
        url=tx.here.post_page(author.username, id_)
        if draft.event is None
        else tx.here.event_page(id_),
        actor_id=author.id,
        is_local=True,
        kind=draft.kind if draft.poll is None else "question",
        audience=draft.audience,
        ring=None if parent is None or draft.audience is not Audience.RING else parent.ring,
        group_id=None if group is None else group.id,
        title=draft.title,
        content=_content(tx, draft, named),
        source=draft.source if draft.html is None else None,
        source_type="text/plain" if draft.html is None else None,
        warning=draft.warning,
        is_sensitive=draft.is_sensitive or bool(draft.warning),
        language=draft.language,
        in_reply_to_id=None if parent is None else parent.id,
        in_reply_to_uri=None if parent is None else parent.uri,
        in_reply_to_actor_id=None if parent is None else parent.actor_id,
        thread_id=id_ if parent is None else parent.thread_id or parent.id,
        application=draft.application,
        emojis=_emojis(tx, draft),
        extras=_extras(draft, heard, is_asked=may == "ask"),
    )
    tx.session.add(post)
    tx.flush()
    silent, hidden = (_besides(tx, author, uris, named) for uris in (draft.people, draft.hidden))
    if heard is not None:
        silent = silent if heard.answers is None else []
        hidden = [*heard.readers, *(hidden if heard.answers is None else ())]
    if audience is Audience.GROUP:  # it is for its members, whoever else was addressed
        silent, hidden = [], []
    name_people(tx, post.id, loud=named.values(), silent=silent, hidden=hidden)
    tag_post(tx, post.id, (*find_tags(draft.source), *draft.tags))
    add_parts(
        tx,
        author=author,
        post=post,
        attachments=draft.attachments or (),
        poll=draft.poll,
        quote_of=draft.quote_of,
        quote_policy=draft.quote_policy,
    )
    if draft.aid is not None:
        add_aid(tx, post_id=post.id, terms=draft.aid)
    if draft.event is not None:
        add_event(tx, post_id=post.id, plan=draft.event)
    make_new_findable(tx, post, has_media=bool(draft.attachments))
    tx.connection.execute(_COUNT_POST, {"author": author.id, "now": tx.now})
    if parent is not None:
        _count_reply(tx, parent.id, 1)
    place_in_homes(
        tx,
        post_id=post.id,
        author_id=author.id,
        audience=post.audience,
        is_local=True,
        reply_to_actor_id=post.in_reply_to_actor_id,
    )
    if group is not None and audience is Audience.GROUP:
        place_in_group(
            tx,
            post_id=post.id,
            group_id=group.id,
            author=author,
            is_answer=parent is not None,
        )
    place_by_tags(tx, post_id=post.id, author_id=author.id, audience=post.audience)
    place_in_ring(
        tx, post_id=post.id, host=HERE, audience=post.audience, is_answer=parent is not None
    )
    if post.quote_uri is None and not draft.attachments and draft.event is None:
        show_link(
            *(tx,), post_id=post.id, audience=post.audience, content=post.content, is_ours=True
        )
    place_in_talks(tx, post_id=post.id, audience=post.audience)
    for person in named.values():
        if person.is_local:
            notify(tx, owner_id=person.id, kind="mention", from_id=author.id, post_id=post.id)
    notify_of_post(
        tx, author_id=author.id, post_id=post.id, reply_to_actor_id=post.in_reply_to_actor_id
    )
    lacks = _lacks(draft, is_addressed=bool(named or silent or hidden))
    whole = whole_post(tx, post, lacks=lacks)
    document = create(tx.here, whole)
    deliver(tx, document, sender=author, inboxes=inboxes_it_goes_to(tx, whole))
    if Audience(post.audience) is Audience.PUBLIC and may == "yes":
        waits = attention(tx, author_id=author.id, post_id=post.id)
        if waits.by_relays:
            tell_relays(tx, author=author, post=post, document=document)
        if waits.by_places:
            tell_those_who_listen(tx, post)
    if post.quote_uri is not None:
        ask_to_quote(tx, author=author, post=post)
    tx.tell("stream", ("post", post.id))
    if may == "yes" and (named or silent or parent is not None):
        pass_on(tx, author=author, post=post, named=(*named.values(), *silent), document=document)
    return post


def edit_post(tx: Tx, *, author: Actor, post: Post, draft: Draft) -> Post:
    """`author` corrects what they said. Who may read it does not change; the old words are kept."""
    need_own(author, post)
    if (post.extras or {}).get("vote"):
        raise Forbidden("what is voted on stays as it is")
    draft = _checked(replace(draft, audience=Audience(post.audience), in_reply_to=None))
    group = None if post.group_id is None else tx.session.get(Actor, post.group_id)
    named = named_in(tx, _people_named(tx, author, draft), group)
    _keep_version(tx, post)
    change_parts(tx, author=author, post=post, attachments=draft.attachments, poll=draft.poll)
    post.content = _content(tx, draft, named)
    post.title = draft.title
    post.source = draft.source if draft.html is None else None
    post.source_type = "text/plain" if draft.html is None else None
    post.warning = draft.warning
    post.is_sensitive = draft.is_sensitive or bool(draft.warning)
    post.language = draft.language or post.language
    post.quote_policy = draft.quote_policy or post.quote_policy
    post.emojis = _emojis(tx, draft)
    post.edited_at = tx.now
    post.version += 1
    tx.flush()
    if Audience(post.audience) is Audience.CIRCLE:
        named = Heard(tuple(readers_of(tx, post))).only(named)
        name_in_circle(tx, post.id, [person.id for person in named.values()])
    else:
        keep = {post.in_reply_to_actor_id} - {None}
        tx.connection.execute(
            delete(Mention).where(
                Mention.post_id == post.id, ~Mention.is_silent, Mention.actor_id.not_in(keep)
            )
        )
        name_people(tx, post.id, loud=named.values(), silent=())
    tx.connection.execute(delete(PostTag).where(PostTag.post_id == post.id))
    tag_post(tx, post.id, (*find_tags(draft.source), *draft.tags))
    for person in named.values():
        if person.is_local:
            notify(tx, owner_id=person.id, kind="mention", from_id=author.id, post_id=post.id)
    notify_of_edit(tx, author_id=author.id, post_id=post.id)
    make_findable(tx, post.id)
    show_link_anew(tx, post)
    send_update(tx, post)
    tx.tell("post_changed", post.id)
    tx.tell("stream", ("edit", post.id))
    return post


def send_update(tx: Tx, post: Post) -> None:
    """Send a post of ours as it is now to everyone who may have got it."""
    whole = whole_post(tx, post)
    groups, document = groups_with(tx, post), update_activity(tx.here, whole)
    inboxes = inboxes_it_goes_to(tx, whole) | inboxes_it_was_seen_at(tx, post)
    inboxes |= inboxes_of_groups(tx, groups)
    deliver(tx, document, sender=whole.author, inboxes=inboxes)
    was_changed(tx, groups=groups, document=document)


def say_again(tx: Tx, post: Post) -> None:
    """An answer of ours was let: now it goes to everyone it is for, with the leave in it."""
    whole = whole_post(tx, post)
    deliver_anew(
        tx, create(tx.here, whole), sender=whole.author, inboxes=inboxes_it_goes_to(tx, whole)
    )


def delete_post(tx: Tx, *, author: Actor, post: Post) -> dict[str, Any]:
    """`author` takes a post back. Everyone who may have got it is told what is returned."""
    need_own(author, post)
    whole = whole_post(tx, post)
    group = None if whole.group is None else whole.group.uri
    document = delete_activity(
        actor=author.uri, uri=post.uri, to=whole.addressing.everyone, audience=group
    )
    if post.kind == "deed":
        document = undo(tx.here, whole)
    groups = groups_with(tx, post)
    inboxes = inboxes_it_goes_to(tx, whole) | inboxes_it_was_seen_at(tx, post)
    inboxes |= inboxes_of_groups(tx, groups)
    was_taken_back(tx, post=post, groups=groups, document=document)
    deliver(tx, document, sender=author, inboxes=inboxes)
    forget_post(tx, author=author, post=post)
    return document


def forget_post(tx: Tx, *, author: Actor, post: Post) -> None:
    """Nothing of a post is kept but that it was there; nobody is told."""
    bury(tx, post.uri, former_type="Note", actor_uri=author.uri)
    if post.in_reply_to_id is not None:
        _count_reply(tx, post.in_reply_to_id, -1)
    quote_is_gone(tx, post)
    tx.connection.execute(
        update(Actor).where(Actor.id == author.id).values(posts_count=Actor.posts_count - 1)
    )
    id_ = post.id
    tx.session.expunge(post)
    leave_talks(tx, id_)
    tx.connection.execute(delete(Post).where(Post.id == id_))
    tx.tell("media")  # its files are nobody's now
    tx.tell("post_changed", id_)
    tx.tell("stream", ("delete", id_))


def need_own(author: Actor, post: Post) -> None:
    """Refuse whoever did not write the post."""
    if post.actor_id != author.id or not post.is_local or post.boost_of_id is not None:
        raise Forbidden("this post is not yours")


def _checked(draft: Draft) -> Draft:
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


def _people_named(tx: Tx, author: Actor, draft: Draft) -> dict[str, Actor]:
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


def _besides(tx: Tx, author: Actor, uris: tuple[str, ...], named: dict[str, Actor]) -> list[Actor]:
    loud = {person.id for person in named.values()} | {author.id}
    return [
        person
        for person in actors_at(tx, uris).values()
        if person.id not in loud and not person.is_private
    ]


def _heard(tx: Tx, author: Actor, draft: Draft) -> Heard:
    return heard_by(
        tx,
        author=author,
        parent=draft.in_reply_to,
        circle_ids=draft.circles,
        besides=bool(draft.people or draft.hidden),
    )


def _emojis(tx: Tx, draft: Draft) -> list[dict[str, Any]] | None:
    return emojis_in(tx, f"{draft.source} {draft.html or ''} {draft.warning}") or None


def _content(tx: Tx, draft: Draft, named: dict[str, Actor]) -> str:
    if draft.html is not None:
        return draft.html
    pages = {
        handle: Named(person.username, person.url or person.uri) for handle, person in named.items()
    }
    return plain_to_html(draft.source, named=pages, tag_url=tx.here.tag)


def _extras(draft: Draft, heard: Heard | None, *, is_asked: bool) -> dict[str, Any] | None:
    """Return what only some posts have."""
    extras: dict[str, Any] = {} if heard is None else heard.extras
    if draft.document is not None:
        extras["document"] = draft.document
    if draft.aid is not None:
        extras["aid"] = True  # so that other posts are not asked for theirs
    if draft.is_vote:
        extras["vote"] = True  # and other questions for no ballots
    return ({**extras, "waits_for_leave": True} if is_asked else extras) or None


def _lacks(draft: Draft, *, is_addressed: bool) -> frozenset[Part]:
    """Return what a post just written is known not to have, and need not be asked for."""
    lacks: set[Part] = set() if is_addressed else {"named"}
    return frozenset(lacks if draft.attachments else lacks | {"attachments"})


def _keep_version(tx: Tx, post: Post) -> None:
    tx.session.add(
        PostEdit(
            id=id_at(post.edited_at or tx.now),
            post_id=post.id,
            title=post.title,
            content=post.content,
            source=post.source,
            warning=post.warning,
            is_sensitive=post.is_sensitive,
            extras=parts_then(tx, post),
        )
    )


def _count_reply(tx: Tx, parent_id: int, step: int) -> None:
    tx.connection.execute(
        update(Post)
        .where(Post.id == parent_id)
        .values(replies_count=Post.replies_count + step, version=Post.version + 1)
    )
    tx.tell("post_changed", parent_id)
