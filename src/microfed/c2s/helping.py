"""Create and Update of an offer or a need: a post with a Proposal (FEP-0837), as we write it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from microfed.c2s.asked import Document, in_words_of, uploads, written
from microfed.errors import Invalid
from microfed.operations.aid import edit_aid, need_aid, publish_aid, set_state, terms_of
from microfed.operations.aid_rows import Terms
from microfed.operations.saying import Draft
from microfed.outbound.render_posts import note
from microfed.queries.aid import aid_of
from microfed.queries.members import language_of
from microfed.queries.whole_posts import whole_post
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.text import bare_text
from microfed.vocab.aid import OF_ACTION, PURPOSES
from microfed.vocab.objects import read_note
from microfed.vocab.reading import documents, flag, moment, types, word

# What our forms call it, and what it is called in a document.
_FIELDS = {
    "kind": "object.proposal.purpose",
    "category": "object.proposal.publishes.resourceClassifiedAs",
    "title": "object.proposal.name",
    "words": "object.proposal.content",
    "place": "object.proposal.location.name",
    "until": "object.proposal.endTime",
    "state": "object.proposal.aidState",
}
_MINE = ("proposal", "content", "contentMap", "source", "attachment", "sensitive")


def proposal_in(said: Document) -> Document | None:
    """Return what a document proposes: beside words, or all by itself as others write it."""
    if "Proposal" in types(said):
        return said
    inside = next(documents(said.get("proposal")), None)
    return inside if inside is not None and "Note" in types(said) else None


def is_aid(tx: Tx, post: Post) -> bool:
    """Say whether a post is an offer or a need."""
    return aid_of(tx, post.id) is not None


def create_aid(tx: Tx, owner: Actor, said: Document, *, draft: Draft) -> Post:
    """Offer or need something; `draft` says for whom. Invalid for what makes no sense."""
    proposal = proposal_in(said) or {}
    terms = _terms(proposal)
    if "content" not in proposal:
        terms = replace(terms, words=written(said))
    read = read_note({**said, "type": "Note", "id": owner.uri, "attributedTo": owner.uri})
    with in_words_of(_FIELDS):
        post = publish_aid(
            tx,
            author=owner,
            terms=terms,
            audience=draft.audience,
            language=read.language or language_of(tx, owner.id),
            attachments=uploads(tx, owner, said, read) or (),
            is_sensitive=read.is_sensitive,
            people=draft,
        )
        set_state(tx, author=owner, post=post, state=_state(proposal) or "open")
    return post


def change_aid(tx: Tx, owner: Actor, post: Post, said: Document) -> None:
    """What is given replaces, of the proposal too: also how it stands (`aidState`)."""
    given = proposal_in(said) or {}
    if not any(key in said for key in _MINE) and not given:
        raise Invalid("there is nothing to change in it", {"object": "nothing to change"})
    if "proposal" in said and not given:
        raise Invalid("to end an offer, delete it", {"object.proposal": "cannot be taken away"})
    aid = need_aid(tx, post.id)
    stands, had = note(tx.here, whole_post(tx, post)), terms_of(aid)
    before = stands["proposal"]
    changes = {key: value for key, value in given.items() if before.get(key) != value}
    terms = had
    if changes:
        terms = _terms(_merged(before, changes))
        terms = replace(terms, words=terms.words if "content" in changes else had.words)
        if "endTime" not in changes:  # as written it has lost what is smaller than a second
            terms = replace(terms, until=had.until)
    if "content" not in changes and _has_other_words(said, stands):
        terms = replace(terms, words=written(said))
    read = read_note({**said, "type": "Note", "id": owner.uri, "attributedTo": owner.uri})
    pictures = None
    if said.get("attachment") != stands["attachment"]:
        pictures = uploads(tx, owner, said, read)
    sensitive = read.is_sensitive if "sensitive" in said else None
    wish = _state(changes)
    with in_words_of(_FIELDS):
        if terms != had or pictures is not None or sensitive not in (None, post.is_sensitive):
            edit_aid(
                tx,
                author=owner,
                post=post,
                terms=terms,
                attachments=pictures,
                is_sensitive=sensitive,
            )
        if wish is not None:
            set_state(tx, author=owner, post=post, state=wish)


def _merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = {**before, **changes}
    if isinstance(changes.get("publishes"), Mapping):
        merged["publishes"] = {**before["publishes"], **changes["publishes"]}
    return merged


def _terms(proposal: Document) -> Terms:
    """Return what a proposal says, to be checked: nothing is cut or guessed."""
    intent = next(documents(proposal.get("publishes")), {})
    category = word(intent.get("resourceClassifiedAs"))
    if category is None:
        category = OF_ACTION.get(word(intent.get("action")) or "", "")
    place = next(documents(proposal.get("location")), {})
    until = proposal.get("endTime")
    ends_at = moment(until)
    if until is not None and ends_at is None:
        raise Invalid("this is no moment", {"object.proposal.endTime": "no moment"})
    return Terms(
        kind=PURPOSES.get(word(proposal.get("purpose")) or "", ""),
        category=category,
        title=word(proposal.get("name")) or "",
        words=bare_text(word(proposal.get("content")) or ""),
        place=word(place.get("name")) or "",
        until=ends_at,
    )


def _state(proposal: Document) -> str | None:
    """Return how it stands, where that is said at all."""
    if "aidState" in proposal:
        return word(proposal["aidState"]) or "none"
    intent = next(documents(proposal.get("publishes")), {})
    return "done" if flag(intent.get("finished")) else None


def _has_other_words(said: Document, stands: Document) -> bool:
    """Say whether words were given, and are not those that stand there in their frame."""
    if not any(said.get(key) for key in ("content", "contentMap", "source")):
        return False
    source = said.get("source")
    plain = source.get("content") if isinstance(source, Mapping) else None
    stood = bare_text(stands["content"]), stands.get("source", {}).get("content")
    return written(said) not in stood and plain not in (stood[1] or "-",)
