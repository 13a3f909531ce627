"""`microfed domain subscribe|unsubscribe|drafts|apply`: lists of rules that others keep."""

from typing import Annotated

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database
from microfed.errors import Invalid, Refused
from microfed.operations.subscriptions import decide, subscribe, unsubscribe
from microfed.queries.subscriptions import Subscription, need_list_at, subscriptions

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]
Hosts = list[str]


def subscribe_command(url: str, as_json: Json = False) -> None:
    """Read a list of rules each day; it becomes a draft, and changes nothing by itself."""
    try:
        with open_database() as db, db.writing() as tx:
            subscribe(tx, by=None, url=url)
    except Refused as refused:
        raise fail(refused) from None
    if as_json:
        say_json({"url": url, "subscribed": True})
    else:
        say(f"{url} is read by the server in a moment; then see microfed domain drafts")


def unsubscribe_command(url: str, as_json: Json = False) -> None:
    """Hear of a list no more; the rules that were taken from it stay."""
    try:
        with open_database() as db, db.writing() as tx:
            unsubscribe(tx, by=None, list_id=need_list_at(tx, url))
    except Refused as refused:
        raise fail(refused) from None
    say_json({"url": url, "subscribed": False}) if as_json else say(f"{url}: no more")


def drafts(as_json: Json = False) -> None:
    """Show what the lists would change, and which could not be read."""
    with open_database() as db, db.reading() as tx:
        found = subscriptions(tx)
    if as_json:
        say_json({"lists": [_told(one) for one in found]})
        return
    for one in found:
        say(f"{one.url}: {_sum(one)}")
        if one.error:
            say(f"  could not be read: {one.error}")
        for line in one.draft:
            note = f", {line.followed} people there are followed" if line.followed else ""
            action = line.rule.action if line.rule else "no rule any more"
            say(f"  {line.host}: {action} (now: {line.ours or 'no rule'}{note})")
        for unread in one.unread:
            say(f"  not understood: {unread}")
    if not found:
        say("No list yet: microfed domain subscribe URL")


def apply(
    url: str,
    only: Annotated[Hosts | None, typer.Option("--only", help="This server; repeatable.")] = None,
    leave: Annotated[
        Hosts | None, typer.Option("--leave", help="Not this one, and not again; repeatable.")
    ] = None,
    confirmed: Annotated[
        bool, typer.Option("--yes", help="Do it; without this nothing changes.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take over what a list would change: all of it, or the servers that are named."""
    applied = 0
    try:
        with open_database() as db, db.writing() as tx:
            list_id = need_list_at(tx, url)
            one = next(each for each in subscriptions(tx) if each.id == list_id)
            draft = {line.host: line.change for line in one.draft}
            unknown = {*(only or ()), *(leave or ())} - set(draft)
            if unknown:
                raise Invalid(f"the draft says nothing of {', '.join(sorted(unknown))}")
            left = {host: draft[host] for host in leave or ()}
            chosen = {
                host: change
                for host, change in draft.items()
                if host not in left and (not only or host in only)
            }
            if confirmed:
                applied = decide(tx, by=None, list_id=list_id, chosen=chosen, left=left)
    except Refused as refused:
        raise fail(refused) from None
    if as_json:
        say_json({"url": url, "applied": applied, "would": len(chosen), "left": len(left)})
    elif confirmed:
        say(f"{applied} applied, {len(left)} left.")
    else:
        say(f"{len(chosen)} would be applied, {len(left)} left. Do it with --yes.")


def _told(one: Subscription) -> dict[str, object]:
    return {
        "url": one.url,
        "read_at": one.read_at,
        "error": one.error,
        "counts": one.counts,
        "unread": one.unread,
        "lines": [
            {"domain": line.host, "action": line.rule.action if line.rule else None}
            for line in one.draft
        ],
    }


def _sum(one: Subscription) -> str:
    if one.read_at is None:
        return "not read yet"
    said = [f"{'−' if word == 'gone' else '+'}{n} {word}" for word, n in one.counts.items()]
    return ", ".join(said) or "nothing differs"
