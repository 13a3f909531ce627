"""The neighbourhood's letter as an ActivityPub document: an Article by the place itself."""

from datetime import datetime
from typing import Any

from microfed.here import Here
from microfed.outbound.render import activity, stamp
from microfed.store.people import Actor
from microfed.vocab.terms import AS2, PUBLIC

PATH = "/lettre"


def letter_uri(here: Here, week: str) -> str:
    """Return the id of a letter, which is its page as well."""
    return f"{here.url}{PATH}/{week}"


def article(
    here: Here,
    place: Actor,
    *,
    week: str,
    title: str,
    summary: str,
    content: str,
    language: str,
    published: datetime,
) -> dict[str, Any]:
    """Return the public part of a letter.

    Mastodon shows of an Article its name, its summary and a link, so the summary says in plain
    words what is in it; `preview` is a Note for those who read FEP-b2b8.
    """
    uri = letter_uri(here, week)
    followers = place.followers_uri or f"{place.uri}/followers"
    return {
        "@context": AS2,
        "id": uri,
        "type": "Article",
        "attributedTo": place.uri,
        "name": title,
        "summary": summary,
        "content": content,
        "contentMap": {language: content},
        "mediaType": "text/html",
        "url": uri,
        "published": stamp(published),
        "to": [PUBLIC],
        "cc": [followers],
        "preview": {
            "type": "Note",
            "attributedTo": place.uri,
            "content": summary,
            "published": stamp(published),
        },
    }


def create_letter(document: dict[str, Any], place: Actor) -> dict[str, Any]:
    """Return the Create that carries a letter to the places that follow ours."""
    said = activity(
        "Create",
        id_=f"{document['id']}#create",
        actor=place.uri,
        to=document["to"],
        cc=document["cc"],
        object_={key: document[key] for key in document if key != "@context"},
    )
    return {**said, "published": document["published"]}
