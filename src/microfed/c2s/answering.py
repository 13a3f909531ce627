"""Accept and Reject: a member says yes or no, to whatever it was that asked.

What is answered is looked for among all that can be; a follow comes last.
"""

from typing import Any

from microfed.c2s.asked import Document
from microfed.c2s.coming import answer_by_word, answer_who_joins
from microfed.c2s.meeting import answer_introduction
from microfed.c2s.relating import answer_follow
from microfed.c2s.taking_up import answer_offer
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.vocab.reading import ref

ANSWERS = (answer_by_word, answer_offer, answer_who_joins, answer_introduction)


def do_accept(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Say yes to who asked to follow, to take something up, to come; or to an event itself."""
    return _answer(tx, owner, document, is_yes=True)


def do_reject(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Say no to the same, also after a yes."""
    return _answer(tx, owner, document, is_yes=False)


def _answer(tx: Tx, owner: Actor, document: Document, *, is_yes: bool) -> dict[str, Any]:
    uri = ref(document.get("object"))
    if uri is not None:
        for answer in ANSWERS:
            done = answer(tx, owner, uri, is_yes=is_yes)
            if done is not None:
                return done
    return answer_follow(tx, owner, document, is_yes=is_yes)
