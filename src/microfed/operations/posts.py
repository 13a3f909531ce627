"""Posts of the people who live here: saying something, and correcting it."""

from dataclasses import replace

from sqlalchemy import bindparam, delete, update

from microfed.errors import Forbidden
from microfed.ids import id_at
from microfed.operations.aid_rows import add_aid
from microfed.operations.alliances import tell_those_who_listen
from microfed.operations.circle_talk import Heard, name_in_circle
from microfed.operations.event_rows import add_event
from microfed.operations.group_posts import (
    inboxes_of_groups,
    named_in,
    pass_on,
    private_group_in,
    was_changed,
    where_said,
)
from microfed.operations.group_rows import groups_with
from microfed.operations.naming import name_again, name_people, tag_post, unname
from microfed.operations.post_inboxes import inboxes_it_goes_to, inboxes_it_was_seen_at
from microfed.operations.post_parts import add_parts, change_parts, parts_then
from microfed.operations.post_rows import count_answers, keep_version
from microfed.operations.previews import show_link, show_link_anew
from microfed.operations.quotes import ask_to_quote
from microfed.operations.relays import tell_relays
from microfed.operations.saying import (
    Draft,
    checked,
    content_of,
    emojis_of,
    extras_of,
    people_besides,
    people_named,
    who_hears,
)
from microfed.operations.searching import make_findable, make_new_findable
from microfed.outbound.allies import place_in_ring
from microfed.outbound.attention import attention
from microfed.outbound.circles import readers_of
from microfed.outbound.deliver import deliver, deliver_anew
from microfed.outbound.groups import place_in_group
from microfed.outbound.home import place_in_homes
from microfed.outbound.listed import place_by_tags
from microfed.outbound.notify import notify, notify_of_edit, notify_of_post
from microfed.outbound.render_activities import create
from microfed.outbound.render_activities import update as update_activity
from microfed.outbound.talks import place_in_talks
from microfed.queries.policies import verdict_on
from microfed.queries.whole_posts import Part, whole_post
from microfed.store.database import Tx
from microfed.store.people import HERE, Actor
from microfed.store.posts import Post, PostTag
from microfed.store.rows import Moment
from microfed.text import find_tags
from microfed.vocab.audience import Audience

_COUNT_POST = (
    update(Actor)
    .where(Actor.id == bindparam("author"))
    .values(posts_count=Actor.posts_count + 1, last_post_at=bindparam("now", type_=Moment()))
)


def write_post(tx: Tx, *, author: Actor, draft: Draft) -> Post:
    """`author` says something. It stands in every timeline, and on its way, when this commits.

    Raises Invalid when there is nothing to say or too much, Missing when someone named in it must
    first be asked about.
    """
    draft = checked(draft)
    parent = draft.in_reply_to
    named = people_named(tx, author, draft)
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
        heard = who_hears(tx, author, draft)
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
        content=content_of(tx, draft, named),
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
        emojis=emojis_of(tx, draft),
        extras=extras_of(draft, heard, is_asked=may == "ask"),
    )
    tx.session.add(post)
    tx.flush()
    silent, hidden = (
        people_besides(tx, author, uris, named) for uris in (draft.people, draft.hidden)
    )
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
        count_answers(tx, parent.id, 1)
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
    draft = checked(replace(draft, audience=Audience(post.audience), in_reply_to=None))
    group = None if post.group_id is None else tx.session.get(Actor, post.group_id)
    named = named_in(tx, people_named(tx, author, draft), group)
    keep_version(tx, post, parts=parts_then(tx, post))
    change_parts(tx, author=author, post=post, attachments=draft.attachments, poll=draft.poll)
    post.content = content_of(tx, draft, named)
    post.title = draft.title
    post.source = draft.source if draft.html is None else None
    post.source_type = "text/plain" if draft.html is None else None
    post.warning = draft.warning
    post.is_sensitive = draft.is_sensitive or bool(draft.warning)
    post.language = draft.language or post.language
    post.quote_policy = draft.quote_policy or post.quote_policy
    post.emojis = emojis_of(tx, draft)
    post.edited_at = tx.now
    post.version += 1
    tx.flush()
    if Audience(post.audience) is Audience.CIRCLE:
        named = Heard(tuple(readers_of(tx, post))).only(named)
        name_in_circle(tx, post.id, [person.id for person in named.values()])
    else:
        keep = [] if post.in_reply_to_actor_id is None else [post.in_reply_to_actor_id]
        unname(tx, post.id, keep=keep, may_read_on=not Audience(post.audience).is_open)
        name_people(tx, post.id, loud=named.values(), silent=())
        name_again(tx, post.id, loud=[person.id for person in named.values()])
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
    """Send a post of ours as it is now to everyone who may have got it, and may read it still."""
    whole = whole_post(tx, post)
    groups, document = groups_with(tx, post), update_activity(tx.here, whole)
    inboxes = inboxes_it_goes_to(tx, whole) | inboxes_it_was_seen_at(tx, post, may_read=True)
    inboxes |= inboxes_of_groups(tx, groups)
    deliver(tx, document, sender=whole.author, inboxes=inboxes)
    was_changed(tx, groups=groups, document=document)


def say_again(tx: Tx, post: Post) -> None:
    """An answer of ours was let: now it goes to everyone it is for, with the leave in it."""
    whole = whole_post(tx, post)
    deliver_anew(
        tx, create(tx.here, whole), sender=whole.author, inboxes=inboxes_it_goes_to(tx, whole)
    )


def need_own(author: Actor, post: Post) -> None:
    """Refuse whoever did not write the post."""
    if post.actor_id != author.id or not post.is_local or post.boost_of_id is not None:
        raise Forbidden("this post is not yours")


def _lacks(draft: Draft, *, is_addressed: bool) -> frozenset[Part]:
    """Return what a post just written is known not to have, and need not be asked for."""
    lacks: set[Part] = set() if is_addressed else {"named"}
    return frozenset(lacks if draft.attachments else lacks | {"attachments"})
