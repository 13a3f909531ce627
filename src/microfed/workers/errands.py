"""Errands: reading again what somebody said about others' things, where it really lives."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from microfed.errors import Gone, Missing, NotFound, Refused
from microfed.fetching import bring, bring_person
from microfed.here import same_origin
from microfed.house import House
from microfed.operations.aid import expire_aid
from microfed.operations.ballots import close_vote
from microfed.operations.elsewhere import concerns_us, remember_post
from microfed.operations.elsewhere_changed import change_post
from microfed.operations.elsewhere_gone import origin_lost
from microfed.operations.event_reminders import remind
from microfed.operations.event_telling import say_that_it_is_off, write_to_people_elsewhere
from microfed.operations.events import free_places, next_date, tell_counts
from microfed.operations.introductions import expire
from microfed.operations.others_named import others_were_learnt
from microfed.operations.people import person_is_gone
from microfed.operations.policies import leave_to_boost_was_read
from microfed.operations.quotes import stamp_was_read
from microfed.operations.searching import make_all_findable
from microfed.operations.servers_met import note_software
from microfed.operations.synchronising import followers_were_listed
from microfed.operations.talks import gather_talks
from microfed.operations.tallies import tell_tallies
from microfed.operations.threads import leave_to_answer_was_read
from microfed.operations.weekly import send_letter
from microfed.queries.people import need_actor
from microfed.queries.whole_posts import find_post
from microfed.remote.nodeinfo import software_of
from microfed.store.database import Tx
from microfed.store.people import Actor
from microfed.store.posts import Post
from microfed.vocab.objects import Note, is_post, read_note
from microfed.vocab.reading import refs, types


async def refetch(house: House, arguments: Mapping[str, Any]) -> None:
    """Read a post where it lives: it is new, changed or gone, whoever told us (FEP-4f05)."""
    uri = str(arguments["uri"])
    if house.db.here.is_ours(uri):
        return
    house.fetcher.forget(uri)
    try:
        document = (await house.fetcher.document(uri)).data
    except (NotFound, Gone):
        await house.db.write(lambda tx: origin_lost(tx, uri))
        return
    except Refused:
        return
    if "Tombstone" in types(document):
        await house.db.write(lambda tx: origin_lost(tx, uri))
    elif is_post(document):
        note, is_wanted = read_note(document), bool(arguments.get("is_wanted"))
        try:
            await house.db.write(partial(_take, note, is_wanted))
        except Missing as missing:
            await bring_person(house, missing.uri)
            await house.db.write(partial(_take, note, is_wanted))


async def check_quote(house: House, arguments: Mapping[str, Any]) -> None:
    """Read what a post quotes and the leave of its author, so that it may be shown."""
    post_id, stamp = int(arguments["post_id"]), arguments.get("stamp")
    wanted = await house.db.read(lambda tx: _quoted_uri(tx, post_id))
    if wanted is None:
        return
    uri, is_known = wanted
    document: dict[str, Any] = {}
    try:
        if not is_known:
            await bring(house, uri)
        if isinstance(stamp, str) and same_origin(stamp, uri):
            document = (await house.fetcher.document(stamp)).data
    except Refused:
        return
    await house.db.write(
        lambda tx: stamp_was_read(tx, post_id=post_id, stamp=stamp, document=document)
    )


async def check_answer(house: House, arguments: Mapping[str, Any]) -> None:
    """Read the leave that an answer says it has, so that it may stand in its conversation."""
    post_id, stamp = int(arguments["post_id"]), str(arguments["stamp"])
    document = await _leave(house, stamp)
    if document is not None:
        await house.db.write(
            lambda tx: leave_to_answer_was_read(tx, post_id=post_id, stamp=stamp, document=document)
        )


async def check_boost(house: House, arguments: Mapping[str, Any]) -> None:
    """Read the leave that a boost says it has, so that it counts."""
    document = await _leave(house, str(arguments["stamp"]))
    if document is not None:
        await house.db.write(
            lambda tx: leave_to_boost_was_read(
                tx,
                actor_id=int(arguments["actor_id"]),
                post_id=int(arguments["post_id"]),
                uri=str(arguments["uri"]),
                stamp=str(arguments["stamp"]),
                document=document,
            )
        )


async def _leave(house: House, stamp: str) -> dict[str, Any] | None:
    try:
        return (await house.fetcher.document(stamp)).data
    except Refused:
        return None


async def refresh(house: House, arguments: Mapping[str, Any]) -> None:
    """Read a profile anew; an account that is gone (410) leaves us too."""
    actor_id = int(arguments["actor_id"])
    uri = await house.db.read(lambda tx: _uri_of(tx, actor_id))
    if uri is None:
        return
    try:
        await bring_person(house, uri)
    except Gone:
        await house.db.write(lambda tx: _forget(tx, actor_id))
    except Refused:
        return


async def synchronise(house: House, arguments: Mapping[str, Any]) -> None:
    """Read which of us follow somebody elsewhere, as their server sees it (FEP-8fcf)."""
    actor_id, url = int(arguments["actor_id"]), str(arguments["url"])
    uri = await house.db.read(lambda tx: _uri_of(tx, actor_id))
    if uri is None or not same_origin(url, uri):
        return
    try:
        data = await house.fetcher.anonymous(url)
    except Refused:
        return
    listed = refs(data.get("orderedItems") or data.get("items"))
    await house.db.write(lambda tx: _listed(tx, actor_id, listed))


async def tell_poll(house: House, arguments: Mapping[str, Any]) -> None:
    """Tell the world how a poll of ours stands."""
    post_id = int(arguments["post_id"])
    await house.db.write(lambda tx: tell_tallies(tx, post_id))


async def expire_offer(house: House, arguments: Mapping[str, Any]) -> None:
    """The time of an offer or a need has come."""
    post_id = int(arguments["post_id"])
    await house.db.write(lambda tx: expire_aid(tx, post_id))


async def remind_of_event(house: House, arguments: Mapping[str, Any]) -> None:
    """Something begins soon."""
    await house.db.write(lambda tx: remind(tx, **arguments))


async def make_next_date(house: House, arguments: Mapping[str, Any]) -> None:
    """Something that repeats has its next date."""
    post_id = int(arguments["post_id"])
    await house.db.write(lambda tx: next_date(tx, post_id))


async def tell_event(house: House, arguments: Mapping[str, Any]) -> None:
    """Tell the world how many come to an event of ours."""
    post_id = int(arguments["post_id"])
    await house.db.write(lambda tx: tell_counts(tx, post_id))


async def close_consultation(house: House, arguments: Mapping[str, Any]) -> None:
    """The time of a vote is over: it is counted."""
    id_ = int(arguments["consultation_id"])
    await house.db.write(lambda tx: close_vote(tx, id_))


async def expire_introduction(house: House, arguments: Mapping[str, Any]) -> None:
    """The time of an introduction is over."""
    id_ = int(arguments["introduction_id"])
    await house.db.write(lambda tx: expire(tx, id_))


async def free_places_of(house: House, arguments: Mapping[str, Any]) -> None:
    """Somebody who had a place left for good."""
    post_id = int(arguments["post_id"])
    await house.db.write(lambda tx: free_places(tx, post_id))


async def say_event_is_off(house: House, arguments: Mapping[str, Any]) -> None:
    """Those who would have come to what was taken away hear of it."""
    await house.db.write(lambda tx: say_that_it_is_off(tx, arguments))


async def tell_guests_elsewhere(house: House, arguments: Mapping[str, Any]) -> None:
    """Those who answered an event from a server that shows no news of it hear of them."""
    await house.db.write(lambda tx: write_to_people_elsewhere(tx, **arguments))


async def send_weekly(house: House, arguments: Mapping[str, Any]) -> None:
    """Write the letter of the week to the next of its readers; without a mail server, to nobody."""
    if not house.settings.smtp_url:
        return  # it says whose words wait for whom: nothing for the desk to hand over
    zone, letter_id = ZoneInfo(house.settings.timezone), int(arguments["letter_id"])
    after = int(arguments.get("after", 0))
    await house.db.write(lambda tx: send_letter(tx, letter_id=letter_id, zone=zone, after=after))


async def learn_of(house: House, arguments: Mapping[str, Any]) -> None:
    """Look up somebody whom a private word names beside one of us."""
    uri, post_id = str(arguments["uri"]), int(arguments["post_id"])
    if not house.db.here.is_ours(uri):
        await bring(house, uri)
        await house.db.write(lambda tx: others_were_learnt(tx, post_id=post_id, uri=uri))


async def make_findable(house: House, arguments: Mapping[str, Any]) -> None:
    """Keep the words of older posts, a batch at a time."""
    below = arguments.get("below")
    await house.db.write(lambda tx: make_all_findable(tx, below=below))


async def gather_private_talks(house: House, arguments: Mapping[str, Any]) -> None:
    """Make conversations of what was said in private before there were any."""
    below = arguments.get("below")
    await house.db.write(lambda tx: gather_talks(tx, below=below))


def _take(note: Note, is_wanted: bool, tx: Tx) -> None:
    author = need_actor(tx, note.attributed_to)
    if find_post(tx, note.id) is not None:
        change_post(tx, author=author, note=note)
    elif concerns_us(tx, author=author, note=note):
        remember_post(tx, author=author, note=note)
    elif is_wanted:  # a relay brought it: to be read, but nobody's news
        remember_post(tx, author=author, note=note, is_news=False)


def _quoted_uri(tx: Tx, post_id: int) -> tuple[str, bool] | None:
    post = tx.session.get(Post, post_id)
    if post is None or post.quote_uri is None:
        return None
    known = find_post(tx, post.quote_uri) is not None
    return post.quote_uri, known or tx.here.is_ours(post.quote_uri)


def _uri_of(tx: Tx, actor_id: int) -> str | None:
    actor = tx.session.get(Actor, actor_id)
    return None if actor is None or actor.is_local else actor.uri


def _listed(tx: Tx, actor_id: int, uris: tuple[str, ...]) -> None:
    actor = tx.session.get(Actor, actor_id)
    if actor is not None:
        followers_were_listed(tx, target=actor, uris=uris)


def _forget(tx: Tx, actor_id: int) -> None:
    actor = tx.session.get(Actor, actor_id)
    if actor is not None:
        person_is_gone(tx, actor)


async def ask_software(house: House, arguments: Mapping[str, Any]) -> None:
    """Ask a server what it runs, so that an admin knows whom the place speaks with."""
    host = str(arguments["host"])
    software = await software_of(house.web, f"https://{host}")
    await house.db.write(lambda tx: note_software(tx, host=host, software=software))
