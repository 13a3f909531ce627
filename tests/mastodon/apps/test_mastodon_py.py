"""Mastodon.py, as it comes from the package index, through a day of Ana's and Bea's."""

import queue
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from mastodon import Mastodon, MastodonNotFoundError, StreamListener

from tests.components.processes import until
from tests.media.pictures import noise


def test_whoever_logged_in_is_known(ana: Mastodon, bea: Mastodon) -> None:
    assert ana.me().username == "ana"
    assert bea.me().username == "bea"
    assert ana.app_verify_credentials().name == "Mastodon.py"
    assert ana.instance_v2().api_versions["mastodon"] >= 2
    assert ana.retrieve_mastodon_version()
    assert ana.stream_healthy()


def test_what_is_said_is_read_corrected_and_taken_back(ana: Mastodon, bea: Mastodon) -> None:
    post = ana.status_post("Bonjour #quartier", visibility="public", language="fr")
    answer = bea.status_reply(ana.status(post.id), "Bonsoir")

    assert post.visibility == "public"
    assert post.language == "fr"
    assert [tag.name for tag in post.tags] == ["quartier"]
    assert answer.in_reply_to_id == post.id
    assert [status.id for status in ana.status_context(post.id).descendants] == [answer.id]
    assert post.id in [status.id for status in bea.timeline_local()]
    assert post.id in [status.id for status in bea.timeline_hashtag("quartier")]

    corrected = ana.status_update(post.id, "Bonjour à tous #quartier", spoiler_text="salut")
    assert corrected.edited_at is not None
    assert corrected.spoiler_text == "salut"
    assert len(ana.status_history(post.id)) == 2
    assert ana.status_source(post.id).text == "Bonjour à tous #quartier"

    ana.status_delete(post.id)
    with pytest.raises(MastodonNotFoundError):
        bea.status(post.id)


def test_a_post_is_passed_on_liked_and_kept(ana: Mastodon, bea: Mastodon) -> None:
    post = ana.status_post("le marché ouvre")

    assert bea.status_reblog(post.id).reblog.id == post.id
    assert bea.status_favourite(post.id).favourited
    assert bea.status_bookmark(post.id).bookmarked
    assert ana.status_pin(post.id).pinned
    assert [account.username for account in ana.status_reblogged_by(post.id)] == ["bea"]
    assert [account.username for account in ana.status_favourited_by(post.id)] == ["bea"]
    assert [status.id for status in bea.bookmarks()] == [post.id]
    assert [status.id for status in bea.favourites()] == [post.id]
    assert [s.id for s in bea.account_statuses(ana.me().id, pinned=True)] == [post.id]

    assert not bea.status_unreblog(post.id).reblogged
    assert not bea.status_unfavourite(post.id).favourited
    assert not bea.status_unbookmark(post.id).bookmarked
    assert not ana.status_unpin(post.id).pinned
    seen = ana.status(post.id)
    assert (seen.reblogs_count, seen.favourites_count) == (0, 0)


def test_a_question_is_answered(ana: Mastodon, bea: Mastodon) -> None:
    poll = ana.make_poll(["oui", "non"], expires_in=3600, multiple=False)
    post = ana.status_post("On y va ?", poll=poll)

    answered = bea.poll_vote(post.poll, [0])

    assert answered.own_votes == [0]
    assert [option.votes_count for option in bea.poll(post.poll.id).options] == [1, 0]


def test_who_writes_to_an_event_that_they_come_answers_by_a_poll(
    ana: Mastodon, bea: Mastodon
) -> None:
    me = ana.me()
    event = {
        "type": "Event",
        "name": "Repas de rue",
        "startTime": f"{datetime.now(UTC) + timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
    }
    headers = {
        "Authorization": f"Bearer {ana.access_token}",
        "Content-Type": "application/activity+json",
    }
    made = requests.post(f"{me.uri}/outbox", json=event, headers=headers, timeout=20).json()
    (seen,) = bea.search_v2(made["object"]["id"], resolve=True).statuses
    assert (seen.card.title, seen.card.url) == ("Repas de rue", seen.url)

    bea.status_post(f"@{me.acct} je viens", in_reply_to_id=seen.id, visibility="direct")

    asked = [one.status for one in bea.notifications(types=["mention"]) if one.status.poll]
    voted = bea.poll_vote(asked[0].poll, [0])
    assert voted.own_votes == [0]
    (talk, *_) = bea.conversations()
    assert "Repas de rue" in talk.last_status.content


def test_a_picture_is_posted(ana: Mastodon) -> None:
    media = ana.media_post(
        noise((320, 200)),
        mime_type="image/jpeg",
        description="un mur",
        focus=(0.5, 0.5),
        synchronous=True,
    )
    post = ana.status_post("regarde", media_ids=[media])

    (shown,) = post.media_attachments
    assert shown.type == "image"
    assert shown.description == "un mur"
    assert shown.meta.focus.x == 0.5
    assert post.id in [status.id for status in ana.timeline_public(only_media=True)]


def test_a_post_waits_for_its_time(ana: Mastodon) -> None:
    due = datetime.now(UTC) + timedelta(hours=2)
    planned = ana.status_post("plus tard", scheduled_at=due)

    assert planned.params.text == "plus tard"
    moved = ana.scheduled_status_update(planned, due + timedelta(hours=1))
    assert moved.scheduled_at > planned.scheduled_at
    ana.scheduled_status_delete(planned)
    assert ana.scheduled_statuses() == []


def test_people_follow_each_other(ana: Mastodon, bea: Mastodon) -> None:
    her = ana.account_lookup("bea")
    assert not ana.account_relationships(her.id)[0].following

    assert ana.account_follow(her.id).following
    post = bea.status_post("pour qui me suit", visibility="private")

    assert post.id in [status.id for status in ana.timeline_home()]
    assert [a.username for a in ana.account_following(ana.me().id)] == ["bea"]
    assert [a.username for a in bea.account_followers(her.id)] == ["ana"]
    assert ana.account_note_set(her.id, "ma voisine").note == "ma voisine"
    assert not ana.account_unfollow(her.id).following


def test_a_profile_is_changed(ana: Mastodon) -> None:
    me = ana.account_update_credentials(
        display_name="Ana Lima",
        note="du quartier",
        fields=[("Site", "https://ana.example")],
        locked=True,
    )
    assert me.display_name == "Ana Lima"
    assert me.source.note == "du quartier"
    assert me.fields[0].name == "Site"
    assert me.locked
    assert not ana.account_update_credentials(locked=False).locked


def test_posts_come_page_by_page(ana: Mastodon, bea: Mastodon) -> None:
    said = [ana.status_post(f"numéro {number}").id for number in range(5)]

    page = bea.account_statuses(ana.me().id, limit=2, min_id=str(int(str(said[0])) - 1))
    found = [status.id for status in bea.fetch_remaining(page)]
    assert set(said[:2]) <= set(found)
    first = bea.account_statuses(ana.me().id, limit=2)
    assert [s.id for s in first] == said[:2:-1]
    assert [s.id for s in bea.fetch_next(first)] == said[2:0:-1]


class Ears(StreamListener):
    """Remembers what it hears."""

    def __init__(self) -> None:
        self.heard: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.has_begun = False

    def on_update(self, status: Any) -> None:
        self.heard.put(("update", str(status.id)))

    def on_status_update(self, status: Any) -> None:
        self.heard.put(("status.update", str(status.id)))

    def on_delete(self, status_id: Any) -> None:
        self.heard.put(("delete", str(status_id)))

    def on_notification(self, notification: Any) -> None:
        self.heard.put(("notification", str(notification.id)))

    def handle_heartbeat(self) -> None:
        self.has_begun = True


def test_what_happens_is_heard_at_once(ana: Mastodon, bea: Mastodon) -> None:
    ears = Ears()
    handle = bea.stream_local(ears, run_async=True)
    until(lambda: ears.has_begun, "the stream to begin")

    # Each is heard before the next happens: what is gone again by the time it would be told is
    # not told, and a busy machine may take that long.
    post = ana.status_post("écoute")
    assert ears.heard.get(timeout=20) == ("update", str(post.id))
    ana.status_update(post.id, "écoute bien")
    assert ears.heard.get(timeout=20) == ("status.update", str(post.id))
    ana.status_delete(post.id)
    assert ears.heard.get(timeout=20) == ("delete", str(post.id))
    # It closes once it has something to read, which must not come before it wants to close.
    closing = threading.Thread(target=handle.close)
    closing.start()
    while closing.is_alive():
        ana.status_post("fin")
        closing.join(0.2)


def test_lists_and_filters_are_kept(ana: Mastodon, bea: Mastodon) -> None:
    them = bea.me()
    ana.account_follow(them.id)
    kept = ana.list_create("Voisins", replies_policy="followed", exclusive=False)
    ana.list_accounts_add(kept, [them.id])
    post = bea.status_post("un mot pour la liste")

    assert [one.title for one in ana.lists()] == ["Voisins"]
    assert [one.username for one in ana.list_accounts(kept)] == ["bea"]
    assert post.id in [one.id for one in ana.timeline_list(kept)]
    assert [one.id for one in ana.account_lists(them.id)] == [kept.id]
    ana.list_accounts_delete(kept, [them.id])
    assert ana.timeline_list(kept) == []
    ana.list_delete(kept)
    assert ana.lists() == []

    sieve = ana.create_filter_v2(
        "Bruit", ["public", "home"], "warn", keywords_attributes=[{"keyword": "bruit"}]
    )
    loud = bea.status_post("du bruit")
    (caught,) = [one for one in ana.timeline_local() if one.id == loud.id]
    assert caught.filtered[0].keyword_matches == ["bruit"]
    assert ana.filter_v2(sieve.id).title == "Bruit"
    ana.delete_filter_v2(sieve.id)
    assert ana.status(loud.id).filtered == []
    ana.account_unfollow(them.id)


def test_people_and_servers_are_silenced_and_heard_again(ana: Mastodon, bea: Mastodon) -> None:
    them = bea.me()
    assert ana.account_mute(them.id, notifications=False, duration=3600).muting
    assert [one.username for one in ana.mutes()] == ["bea"]
    assert not ana.account_unmute(them.id).muting

    assert ana.account_block(them.id).blocking
    assert [one.username for one in ana.blocks()] == ["bea"]
    assert not ana.account_unblock(them.id).blocking

    ana.domain_block("loud.example")
    assert ana.domain_blocks() == ["loud.example"]
    ana.domain_unblock("loud.example")
    assert ana.domain_blocks() == []


def test_posts_people_and_hashtags_are_found(ana: Mastodon, bea: Mastodon) -> None:
    post = bea.status_post("une brocante introuvable ailleurs #brocante")

    assert [one.username for one in ana.search_v2("bea", result_type="accounts").accounts] == [
        "bea"
    ]
    assert "brocante" in [one.name for one in ana.search_v2("brocante").hashtags]
    found = bea.search_v2("introuvable", result_type="statuses").statuses
    assert [one.id for one in found] == [post.id]
    assert ana.tag_follow("brocante").following
    assert "brocante" in [one.name for one in ana.followed_tags()]
    assert not ana.tag_unfollow("brocante").following


def test_what_others_do_is_told_and_dismissed(ana: Mastodon, bea: Mastodon) -> None:
    ana.notifications_clear()
    post = ana.status_post("des nouvelles")
    bea.status_favourite(post.id)
    bea.status_reply(post, "ah oui")

    mention, like = ana.notifications()
    assert (mention.type, like.type) == ("mention", "favourite")
    assert like.status.id == post.id
    assert ana.notifications_unread_count().count >= 2
    groups = ana.grouped_notifications().notification_groups
    assert {one.type for one in groups} == {"mention", "favourite"}
    ana.markers_set("notifications", mention.id)
    assert ana.markers_get("notifications")["notifications"].last_read_id == mention.id
    ana.notifications_dismiss(like.id)
    assert [one.id for one in ana.notifications()] == [mention.id]
    assert ana.notifications_policy().for_private_mentions == "filter"

    letter = bea.status_post("@ana entre nous", visibility="direct")
    (talk,) = [one for one in ana.conversations() if one.last_status.id == letter.id]
    assert talk.unread
    assert not ana.conversations_read(talk.id).unread


def test_a_notification_is_heard_on_an_open_stream(ana: Mastodon, bea: Mastodon) -> None:
    ears = Ears()
    handle = ana.stream_user(ears, run_async=True)
    until(lambda: ears.has_begun, "the stream to begin")

    bea.status_post("@ana tu entends ?")

    assert ears.heard.get(timeout=20)[0] == "notification"
    closing = threading.Thread(target=handle.close)
    closing.start()
    while closing.is_alive():
        bea.status_post("@ana fin")
        closing.join(0.2)


def test_a_report_reaches_whoever_looks_after_the_place(ana: Mastodon, bea: Mastodon) -> None:
    post = bea.status_post("achetez mes montres")

    made = ana.report(bea.me().id, [post.id], comment="publicité", category="spam")

    assert made.category == "spam"
    assert not made.action_taken
