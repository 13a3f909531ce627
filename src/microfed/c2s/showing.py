"""Update of one's own actor: how a member shows themselves, and nothing that is the server's."""

from typing import Any

from microfed.c2s.asked import Document
from microfed.errors import Invalid
from microfed.operations.profiles import ProfileChange, change_profile
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.text import bare_text
from microfed.vocab.deeds import said
from microfed.vocab.reading import documents, flag, types, word

_FLAGS = {
    "manuallyApprovesFollowers": "is_locked",
    "discoverable": "is_discoverable",
    "indexable": "is_indexable",
}


def update_owner(tx: Tx, owner: Actor, document: Document) -> dict[str, Any]:
    """Change what `document` says of its owner; ids, keys and addresses stay what they are."""
    changes: dict[str, Any] = {
        field: flag(document[key]) for key, field in _FLAGS.items() if key in document
    }
    if "name" in document or "nameMap" in document:
        changes["display_name"] = said(document, "name")[0] or ""
    if "summary" in document or "summaryMap" in document:
        changes["note"] = _plain(said(document, "summary")[0] or "")
    if "attachment" in document:
        changes["fields"] = [
            (word(item.get("name")) or "", _plain(word(item.get("value")) or ""))
            for item in documents(document["attachment"])
            if "PropertyValue" in types(item)
        ]
    if "type" in document and types(document) and types(document)[0] in ("Person", "Service"):
        changes["is_bot"] = types(document)[0] == "Service"
    has_face = "icon" in document or "image" in document  # made already, see faces.py
    if not has_face and (not changes or changes == {"is_bot": owner.kind == "Service"}):
        raise Invalid("there is nothing to change in it", {"object": "nothing to change"})
    return change_profile(tx, actor=owner, change=ProfileChange(**changes))


def _plain(text: str) -> str:
    """Return the words in what a client may have written as HTML: we make our own of them."""
    broken = text.replace("</p><p>", "\n\n").replace("<br>", "\n").replace("<br/>", "\n")
    return bare_text(broken).strip()
