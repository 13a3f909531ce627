"""Fetching what a rule needs to know: outside any transaction, then the rule is tried again.

An operation that meets something unknown raises Missing(uri). Here it is brought from where it
lives, with no transaction open, at most MOST_FETCHES times (design.md §5).
"""

import re
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from microfed.errors import Missing, NotFound, Refused, TryLater
from microfed.here import authority_of, same_origin
from microfed.house import House
from microfed.operations.elsewhere import remember_post
from microfed.operations.hosts import is_refused, is_shut_out
from microfed.operations.people import remember_person
from microfed.queries.addresses import Found, find_at
from microfed.queries.people import find_actor, need_actor
from microfed.remote.fetch import Document
from microfed.store.database import Tx
from microfed.vocab.objects import Note, is_post, read_note
from microfed.vocab.people import Person, is_actor, read_person
from microfed.vocab.reading import documents, ref, word

T = TypeVar("T")
_SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe"
_PLACE = "https://www.w3.org/ns/activitystreams#Application"
MOST_FETCHES = 5
_HANDLE = re.compile(r"@?[\w.-]+@[\w.-]+(:[0-9]{1,5})?")


async def carry_out(house: House, work: Callable[[Tx], T], *, waits: bool = True) -> T:
    """Return `work(tx)`, having fetched first what it says is Missing.

    What is out of reach is named in `tx.out_of_reach`, so that `work` can do without. With
    `waits`, a server that is merely slow or away ends it with TryLater instead.
    """
    out_of_reach: frozenset[str] = frozenset()
    for _ in range(MOST_FETCHES):
        try:
            return await house.db.write(work, out_of_reach=out_of_reach)
        except Missing as missing:
            uri = missing.uri
        try:
            await bring(house, uri)
        except Refused:
            out_of_reach |= {uri}
        except TryLater:
            if waits:
                raise
            out_of_reach |= {uri}
    raise TryLater("too many things to ask other servers first")


async def bring(house: House, uri: str) -> str:
    """Fetch and store whatever lives at `uri`: a person, a post, or an `acct:` address.

    Returns its id: a page's address leads to the id of what it shows.
    """
    if uri.startswith("acct:"):
        return await bring_handle(house, uri)
    await _check_host(house, uri)
    document = await house.fetcher.document(uri)
    if is_actor(document.data):
        person = read_person(document.data)
        await _remember_person(house, person)
        return person.id
    return await _bring_post(house, document)


async def look_up(house: House, typed: str) -> Found | None:
    """Return who or what lives at an address that somebody typed or pasted, from wherever it is.

    `https://…` of a post, a person or their page, `@name@host`, `name@host`. None when it is no
    address, or nothing answers there: that is no fault of whoever searches.
    """
    typed = typed.strip()
    is_handle = _HANDLE.fullmatch(typed) is not None
    if not is_handle and not (typed.startswith(("https://", "http://")) and " " not in typed):
        return None
    uri = f"acct:{typed.removeprefix('@')}" if is_handle else typed
    found = await house.db.read(lambda tx: find_at(tx, uri))
    if found is not None or house.db.here.is_ours(uri):
        return found
    try:
        brought = await bring(house, uri)
    except (Refused, TryLater, Missing):
        return None
    return await house.db.read(lambda tx: find_at(tx, brought))


async def bring_person(house: House, uri: str) -> Person:
    """Fetch and store an actor anew, however fresh what we have; return what was said."""
    await _check_host(house, uri)
    document = await house.fetcher.document(uri)
    person = read_person(document.data)
    await _remember_person(house, person)
    return person


async def bring_handle(house: House, handle: str) -> str:
    """Ask who `name@host` is and store them; return their id. NotFound when nobody is."""
    host = handle.rpartition("@")[2]
    await _check_host(house, f"https://{host}/")
    answer = await house.fetcher.webfinger(handle)
    uri = _self_link(answer)
    if uri is None:
        raise NotFound(f"nobody answers to {handle}")
    if house.db.here.is_ours(uri):
        return uri
    known = await house.db.read(lambda tx: find_actor(tx, uri) is not None)
    if not known:
        await bring_person(house, uri)
    return uri


async def bring_place(house: House, domain: str) -> str:
    """Fetch and store the actor that a server names as itself; return its id (FEP-2677).

    NotFound where there is none: then nobody can speak for that place. A place that hears only
    its allies must be able to ask for the first of them.
    """
    scheme = house.web.peers.scheme_for(domain)
    if await house.db.read(lambda tx: is_shut_out(tx, domain)):
        raise NotFound(f"{domain} is out of reach")
    said = await house.fetcher.json(f"{scheme}://{domain}/.well-known/nodeinfo")
    for link in documents(said.get("links")):
        uri = word(link.get("href"))
        if link.get("rel") == _PLACE and uri is not None and authority_of(uri) == domain.lower():
            person = read_person((await house.fetcher.document(uri)).data)
            await _remember_person(house, person)
            return person.id
    raise NotFound(f"{domain} does not say who speaks for it as a place")


async def way_back(house: House, handle: str) -> str | None:
    """Return the page where `name@host` follows people, as their server says; None without one.

    `{uri}` in it stands for whom. It is their own server's, and over https.
    """
    host = handle.rpartition("@")[2]
    await _check_host(house, f"https://{host}/")
    answer = await house.fetcher.webfinger(handle)
    for link in documents(answer.get("links")):
        template = word(link.get("template")) or ""
        if link.get("rel") == _SUBSCRIBE and "{uri}" in template:
            is_safe = template.isascii() and template.isprintable() and " " not in template
            if is_safe and template.startswith("https://"):
                return template
    return None


async def _check_host(house: House, uri: str) -> None:
    """Checked before we call: a blocked server must not be able to make us knock."""
    host = authority_of(uri)
    if await house.db.read(lambda tx: is_refused(tx, host)):
        raise NotFound(f"{host} is out of reach")


async def _remember_person(house: House, person: Person) -> None:
    domain = await _domain_of(house, person)
    await house.db.write(lambda tx: remember_person(tx, person, host=domain).id)


async def _domain_of(house: House, person: Person) -> str | None:
    """Return what stands after the @ in someone's handle when both sides say so, else None.

    Mastodon's rule (interop.md §1.1): the subject may be on another domain if that domain's
    WebFinger leads back to the very same actor.
    """
    host = authority_of(person.id)
    try:
        answer = await house.fetcher.webfinger(f"{person.username}@{host}")
        subject = (word(answer.get("subject")) or "").removeprefix("acct:").lower()
        name, _, domain = subject.rpartition("@")
        if name != person.username.lower() or not domain or domain == host:
            return None
        confirmed = await house.fetcher.webfinger(f"{name}@{domain}")
    except (Refused, TryLater):
        return None  # the handle is then that of the server the actor lives on
    return domain if _self_link(confirmed) == person.id else None


async def _bring_post(house: House, document: Document) -> str:
    data = document.data
    if not is_post(data):
        # Some addresses answer with the Create instead of the post itself.
        inner = next((item for item in documents(data.get("object")) if is_post(item)), None)
        uri = None if inner is None else ref(inner)
        if uri is None or not same_origin(uri, document.uri):
            raise NotFound("there is nothing to read at that address")
        data = (await house.fetcher.document(uri)).data
    note = read_note(data)
    if not same_origin(note.id, note.attributed_to):
        raise NotFound("a post must come from its author's server")
    try:
        await house.db.write(partial(_store, note))
    except Missing as missing:  # the author is new to us
        await bring_person(house, missing.uri)
        await house.db.write(partial(_store, note))
    return note.id


def _store(note: Note, tx: Tx) -> None:
    author = need_actor(tx, note.attributed_to)
    remember_post(tx, author=author, note=note, is_news=False)


def _self_link(answer: dict[str, object]) -> str | None:
    for link in documents(answer.get("links")):
        kind = word(link.get("type")) or ""
        if link.get("rel") == "self" and "json" in kind and (href := word(link.get("href"))):
            return href
    return None
