"""Create, Update, Delete: what a client says in its member's name, corrects and takes back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from microfed.c2s.asked import (
    ADDRESSES,
    Document,
    addressees,
    check_new_id,
    check_speaker,
    group_addressed,
    need_embedded,
    need_id,
    need_own_post,
    need_people,
    need_readable,
    uploads,
)
from microfed.c2s.happening import change_event, create_event, is_planned
from microfed.c2s.helping import change_aid, create_aid, is_aid, proposal_in
from microfed.c2s.showing import update_owner
from microfed.c2s.taking_up import say_it_is_done
from microfed.c2s.voting import do_vote, is_vote
from microfed.errors import Invalid
from microfed.operations.deeds import change_thing, keep_deed, keep_thing
from microfed.operations.group_care import take_out
from microfed.operations.polls import Choice
from microfed.operations.posts import edit_post, write_post
from microfed.operations.saying import Draft
from microfed.operations.taking_back import delete_post
from microfed.outbound.allies import neighbours_uri, ring_uri
from microfed.outbound.circles import circle_id, is_own_circle
from microfed.outbound.render_activities import create, update
from microfed.outbound.render_posts import note
from microfed.queries.groups import is_moderator
from microfed.queries.whole_posts import find_post, whole_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.agreements import receipt_of
from microfed.vocab.audience import Audience, is_circle, read_audience
from microfed.vocab.deeds import is_activity
from microfed.vocab.objects import Note, is_post, read_note
from microfed.vocab.polls import read_question
from microfed.vocab.reading import refs, types, word

# The only properties of a post that an Update may change; all others are the server's to say.
_WORDS = ("content", "contentMap", "source", "mediaType")
_CHANGEABLE = (
    *_WORDS,
    *("name", "nameMap", "summary", "summaryMap", "sensitive", "attachment", "tag"),
)
_LASTS = timedelta(days=1)


def do_create(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Say something, or make a thing of any type."""
    said = need_embedded(document)
    if not types(said):
        raise Invalid("the object needs a type", {"object.type": "missing"})
    check_new_id(owner, said)
    check_speaker(owner, said)
    if is_vote(said):
        return do_vote(tx, owner, document)
    agreement = receipt_of(said)
    if agreement is not None:
        done = say_it_is_done(tx, owner, agreement)
        if done is not None:
            return done
    if "Event" in types(said) and "startTime" in said:
        post = create_event(tx, owner, said, draft=draft_for(tx, owner, document, said))
    elif proposal_in(said) is not None:
        post = create_aid(tx, owner, said, draft=draft_for(tx, owner, document, said))
    elif is_post(said):
        post = write_post(tx, author=owner, draft=_draft(tx, owner, document, said))
    elif is_activity(said):
        raise Invalid("an activity is not created but done", {"object": "is an activity"})
    else:
        draft = draft_for(tx, owner, document, said)
        post = keep_thing(tx, author=owner, document=said, draft=draft)
    return create(tx.here, whole_post(tx, post))


def do_anything(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Do something of a type we have no rule for: Arrive, Travel, Read, what is yet to come."""
    draft = draft_for(tx, owner, document, {})
    post = keep_deed(tx, author=owner, document=document, draft=draft)
    return create(tx.here, whole_post(tx, post))


def do_update(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Correct something: what is given replaces, null takes away, all else stays as it is."""
    said, uri = need_embedded(document), need_id(document)
    check_speaker(owner, said)
    if uri == owner.uri:
        return update_owner(tx, owner, said)
    post = need_own_post(tx, owner, uri)
    if post.kind == "event" and is_planned(tx, post):
        change_event(tx, owner, post, said)
    elif is_aid(tx, post):
        change_aid(tx, owner, post, said)
    elif post.kind in ("thing", "collection"):
        change_thing(tx, author=owner, post=post, changes=said)
    else:
        edit_post(tx, author=owner, post=post, draft=_correction(tx, owner, post, said))
    return update(tx.here, whole_post(tx, post))


def do_delete(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Take something back for good; or, of others, out of a group that one looks after."""
    known = find_post(tx, need_id(document))
    if known is not None and known.actor_id != owner.id and _looks_after(tx, owner, known):
        where, why = tx.session.get_one(Actor, known.group_id), word(document.get("summary"))
        return take_out(tx, group=where, by=owner, post=known, why=why or "")
    return delete_post(tx, author=owner, post=need_own_post(tx, owner, need_id(document)))


def _looks_after(tx: Tx, owner: Actor, post: Post) -> bool:
    group_id = post.group_id
    return group_id is not None and is_moderator(tx, group_id=group_id, actor_id=owner.id)


def draft_for(tx: Tx, owner: Actor, document: Document, said: Document) -> Draft:
    """Return a draft that says only for whom it is; addressees on either of the two count."""
    to = addressees(document, said, "to")
    cc = addressees(document, said, "cc", "audience")
    secret = addressees(document, said, "bto", "bcc")
    audience = read_audience(to=to, cc=(*cc, *secret), followers_uri=owner.followers_uri)
    near = {ring_uri(tx.here): Audience.RING, neighbours_uri(tx.here): Audience.LOCAL}
    if not audience.is_open:
        named = [near[uri] for uri in (*to, *cc, *secret) if uri in near]
        audience = min(named, default=audience)  # "local" before "ring": the nearer of the two
    circles = [uri for uri in (*to, *cc, *secret) if is_own_circle(owner, uri) or is_circle(uri)]
    if circles and not (audience.is_open or audience is Audience.FOLLOWERS):
        audience = Audience.CIRCLE  # all in a circle are followers: it adds nobody to these
    group, members = group_addressed(
        tx,
        owner,
        (*to, *cc, *secret),
        audience=(*refs(document.get("audience")), *refs(said.get("audience"))),
    )
    besides = frozenset((owner.followers_uri, *near, *circles, *members))
    return Draft(
        group=group,
        audience=audience,
        circles=tuple(circle_id(uri) for uri in circles if not is_circle(uri)),
        people=need_people(tx, (*to, *cc), besides=besides),
        hidden=need_people(tx, secret, besides=besides),
    )


def _draft(tx: Tx, owner: Actor, document: Document, said: Document) -> Draft:
    read = read_note({**said, "id": owner.uri, "attributedTo": owner.uri})
    draft = _words(tx, owner, draft_for(tx, owner, document, said), said, read)
    parent = None if read.in_reply_to is None else need_readable(tx, owner, read.in_reply_to)
    return replace(draft, in_reply_to=parent, kind=read.type.lower(), poll=_choice(tx, said))


def _correction(tx: Tx, owner: Actor, post: Post, said: Document) -> Draft:
    changes = {key: said[key] for key in _CHANGEABLE if key in said}
    if not changes:
        # AndStatus sends its likes as an Update of a Note that says nothing.
        raise Invalid("there is nothing to change in it", {"object": "nothing to change"})
    has_words = any(key in changes for key in _WORDS)
    merged = note(tx.here, whole_post(tx, post))
    if has_words:
        for key in _WORDS:
            merged.pop(key, None)
        kept = (tag for tag in merged["tag"] if "Hashtag" not in types(tag))
        merged["tag"] = list(kept)  # its new words bring their own
    for key, value in changes.items():
        merged.pop(key.removesuffix("Map"), None)
        merged.pop(key, None)
        if value is not None:
            merged[key] = value
    if "attachment" not in changes:
        merged.pop("attachment", None)
    read = read_note({**merged, "id": owner.uri, "attributedTo": owner.uri})
    draft = _words(tx, owner, Draft(audience=Audience(post.audience)), merged, read)
    if not has_words:
        html = None if post.source is not None else post.content
        draft = replace(draft, source=post.source or "", html=html)
    return draft


def _words(tx: Tx, owner: Actor, draft: Draft, said: Document, read: Note) -> Draft:
    is_plain = said.get("mediaType") == "text/plain"
    source = said.get("source")
    plain = word(source.get("content")) if isinstance(source, Mapping) else None
    return replace(
        draft,
        source=(plain or "") if not read.content else (read.content if is_plain else ""),
        html=None if is_plain or not read.content else read.content,
        warning=read.warning,
        is_sensitive=read.is_sensitive,
        language=read.language,
        title=read.title,
        mentions=tuple(tag.href for tag in read.mentions),
        tags=read.hashtags,
        attachments=uploads(tx, owner, said, read),
    )


def _choice(tx: Tx, said: Document) -> Choice | None:
    question = read_question(said) if "Question" in types(said) else None
    if question is None:
        return None
    lasts = _LASTS if question.ends_at is None else question.ends_at - tx.now
    return Choice(tuple(title for title, _ in question.options), lasts, question.is_multiple)


def wrap(said: Document) -> dict[str, Any]:
    """Return the Create that a bare object stands for, with the addressees of the object."""
    addresses = {key: said[key] for key in ADDRESSES if key in said}
    return {"type": "Create", **addresses, "object": said}
