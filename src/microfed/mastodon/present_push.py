"""A notification in the few bytes of a push: native apps decode exactly this (interop.md §5.8)."""

import orjson

from microfed.mastodon.present_accounts import AVATAR
from microfed.mastodon.present_notifications import TYPES
from microfed.operations.pushing import DuePush
from microfed.outbound.media import avatar_url
from microfed.queries.cards import cards_of
from microfed.queries.notifications import find_notification
from microfed.queries.visibility import Viewer
from microfed.store.database import Tx
from microfed.store.people import Actor, Member
from microfed.store.posts import Post
from microfed.text import excerpt
from microfed.words import N_, all_words

MOST_WORDS = 140
_TITLES = {
    "mention": N_("%(name)s wrote to you"),
    "post": N_("%(name)s said something new"),
    "boost": N_("%(name)s passed your post on"),
    "like": N_("%(name)s likes your post"),
    "follow": N_("%(name)s follows you"),
    "follow_request": N_("%(name)s would like to follow you"),
    "poll": N_("A poll has ended"),
    "edit": N_("%(name)s corrected a post"),
    "quote": N_("%(name)s quotes you"),
    "quoted_edit": N_("A post you quote was corrected"),
    "sign_up": N_("%(name)s would like to live here"),
    "report": N_("%(name)s reports something"),
    "event": N_("Something has changed about what you come to"),
    "reminder": N_("It begins soon"),
    "warning": N_("A word from those who look after the place"),
}


def push_payload(tx: Tx, due: DuePush) -> bytes | None:
    """Return the payload of a push; None when what it was about is gone, or hidden by now."""
    found = find_notification(tx, due.owner_id, due.notification_id)
    if found is None or found.kind not in TYPES:
        return None
    person, member = tx.session.get(Actor, found.from_id), tx.session.get(Member, due.owner_id)
    if person is None or member is None:
        return None
    body = ""
    if found.post_id is not None:
        if found.post_id not in cards_of(tx, Viewer(due.owner_id), [found.post_id]):
            return None
        post = tx.session.get_one(Post, found.post_id)
        body = post.warning or excerpt(post.content, MOST_WORDS)
    words = all_words().get(member.language, all_words()["en"])
    name = person.display_name or person.username
    return orjson.dumps(
        {
            "access_token": due.token,
            "preferred_locale": member.language,
            "notification_id": str(found.id),
            "notification_type": TYPES[found.kind],
            "icon": avatar_url(tx.here, person.id, person.avatar_uri) or tx.here.url + AVATAR,
            "title": words.say(_TITLES[found.kind], name=name),
            "body": body,
        }
    )
