"""Create of a note with a name and no words, in reply to a question: a member votes (FEP-9967)."""

from typing import Any

from microfed.c2s.asked import Document, check_new_id, check_speaker, need_readable
from microfed.errors import Invalid
from microfed.ids import id_at
from microfed.operations.event_polls import vote_or_come
from microfed.operations.polls import options_of
from microfed.outbound import render_polls
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.objects import MOST_OPTIONS
from microfed.vocab.polls import read_vote
from microfed.vocab.reading import as_list, documents

# Whoever gives one of these says something besides: that is an answer in words.
_SAYS = ("content", "contentMap", "summary", "source", "attachment")


def is_vote(said: Document) -> bool:
    """Say whether a note chooses an answer rather than says something."""
    return read_vote(said) is not None and not any(said.get(key) for key in _SAYS)


def do_vote(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Choose one answer, or several named in a list. Nothing is chosen unless all of them can be.

    In a poll others may be added one by one, where several may be chosen. What the place votes on
    is a ballot: each Create is the whole of it, and takes the place of the one before.
    """
    poll_uri, titles = _chosen(owner, document)
    post = need_readable(tx, owner, poll_uri)
    options = [title for title, _ in options_of(tx, post.id)]
    if not options:
        raise Invalid(
            "nothing is asked there: an answer in words needs `content`",
            {"object.inReplyTo": "no question"},
        )
    unknown = [title for title in titles if title not in options]
    if unknown:
        raise Invalid("there is no such answer", {"object.name": f"none of {options}"})
    positions = [options.index(title) for title in titles]
    kept = vote_or_come(tx, actor=owner, post=post, positions=positions, adds=True)
    uris = [(one.uri or "", options[one.position]) for one in kept] or [
        # Of a ballot nothing is kept that could be looked up: its ids are good for this answer.
        (f"{owner.uri}#votes/{id_at(tx.now)}", title)
        for title in titles
    ]
    author = tx.session.get_one(Actor, post.actor_id)
    return render_polls.vote(uris=uris, actor=owner.uri, author=author.uri, of=post.uri)


def _chosen(owner: Actor, document: Document) -> tuple[str, list[str]]:
    notes = list(documents(document.get("object")))
    if len(notes) != len(as_list(document.get("object"))) or len(notes) > MOST_OPTIONS:
        raise Invalid("a vote is a list of notes", {"object": "no votes alone"})
    polls, titles = set(), []
    for said in notes:
        check_new_id(owner, said)
        check_speaker(owner, said)
        read = read_vote(said)
        if read is None or not is_vote(said):
            raise Invalid("a vote is a list of notes", {"object": "no votes alone"})
        polls.add(read[0])
        titles.append(read[1])
    if len(polls) != 1:
        raise Invalid("one votes on one question at a time", {"object.inReplyTo": "several"})
    return polls.pop(), list(dict.fromkeys(titles))
