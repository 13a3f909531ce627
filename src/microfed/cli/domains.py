"""`microfed domain …`: whom we listen to."""

from pathlib import Path
from typing import Annotated

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database
from microfed.errors import Refused
from microfed.operations.domain_lists import import_list, read_list, write_csv, write_json
from microfed.operations.domains import forget_rule, list_rules, rule_domain
from microfed.operations.hosts import retry_now
from microfed.operations.servers_met import review_server
from microfed.queries.desk import new_servers, servers
from microfed.store.database import Tx

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]


@app.command("block")
def block(domain: str, comment: str = "", as_json: Json = False) -> None:
    """Have nothing to do with a server and all under its name."""
    _rule(domain, "block", comment, as_json)


@app.command("allow")
def allow(domain: str, comment: str = "", as_json: Json = False) -> None:
    """Let a server in, where only listed ones are."""
    _rule(domain, "allow", comment, as_json)


@app.command("limit")
def limit(domain: str, comment: str = "", as_json: Json = False) -> None:
    """Show nothing of a server but to those who follow somebody there."""
    _rule(domain, "limit", comment, as_json)


@app.command("reject-media")
def reject_media(domain: str, comment: str = "", as_json: Json = False) -> None:
    """Show no pictures of a server."""
    _rule(domain, "reject_media", comment, as_json)


@app.command("forget")
def forget(domain: str, as_json: Json = False) -> None:
    """Leave a server to the general rule again."""
    try:
        with open_database() as db, db.writing() as tx:
            forget_rule(tx, domain=domain)
    except Refused as refused:
        raise fail(refused) from None
    say_json({"domain": domain, "action": None}) if as_json else say(f"No rule for {domain}")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show the rules."""
    with open_database() as db, db.reading() as tx:
        if as_json:
            _say_rules(tx)
            return
        rules = list_rules(tx)
    for host, action, comment in rules:
        say(f"{action:<14} {host}  {comment}")
    if not rules:
        say("No rules: every server is treated alike.")


@app.command("met")
def met(
    new: Annotated[bool, typer.Option("--new", help="Those nobody has looked at yet.")] = False,
    as_json: Json = False,
) -> None:
    """Show the servers we met: what they run, how many people, whether they answer."""
    with open_database() as db, db.reading() as tx:
        found = new_servers(tx) if new else servers(tx)
    if as_json:
        say_json(
            {
                "servers": [
                    {
                        "domain": one.host,
                        "software": one.software,
                        "met_at": one.met_at,
                        "last_heard_at": one.last_heard_at,
                        "last_sent_at": one.last_sent_at,
                        "people": one.people,
                        "followed": one.followed,
                        "followers": one.followers,
                        "waiting": one.waiting,
                        "failures": one.failures,
                    }
                    for one in found
                ]
            }
        )
        return
    for one in found:
        health = f"does not answer: {one.last_error}" if one.failures else "answers"
        software = one.software or "does not say what it runs"
        say(f"{one.host}  {software}, met {one.met_at:%Y-%m-%d}, {one.people} people, {health}")
    if not found:
        say("No new server." if new else "No server yet.")


@app.command("welcome")
def welcome(domain: str, as_json: Json = False) -> None:
    """Let a server that we met be one among others."""
    try:
        with open_database() as db, db.writing() as tx:
            review_server(tx, by=None, host=domain)
    except Refused as refused:
        raise fail(refused) from None
    say_json({"domain": domain, "reviewed": True}) if as_json else say(f"Welcome, {domain}")


@app.command("retry")
def retry(domain: str, as_json: Json = False) -> None:
    """Try at once to send what waits for a server."""
    try:
        with open_database() as db, db.writing() as tx:
            retry_now(tx, domain)
    except Refused as refused:
        raise fail(refused) from None
    say_json({"domain": domain, "retried": True}) if as_json else say(f"{domain}: tried at once")


@app.command("export")
def export(
    as_gotosocial: Annotated[
        bool, typer.Option("--gotosocial", help="As GoToSocial's JSON, not Mastodon's CSV.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the rules as other servers read them; with --json as one object."""
    with open_database() as db, db.reading() as tx:
        if as_json:
            _say_rules(tx)
            return
        typer.echo(write_json(tx).decode() if as_gotosocial else write_csv(tx), nl=False)


@app.command("import")
def import_(
    file: Path,
    confirmed: Annotated[
        bool, typer.Option("--yes", help="Apply it; without this, it is read and nothing changes.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Take over a list of Mastodon's (CSV) or GoToSocial's (JSON); it never weakens a rule."""
    try:
        rules, unread = read_list(file.read_text(encoding="utf-8"))
        with open_database() as db, db.writing() as tx:
            done = import_list(tx, by=None, rules=rules if confirmed else ())
    except Refused as refused:
        raise fail(refused) from None
    except (OSError, UnicodeDecodeError) as error:
        typer.echo(f"microfed: {file} cannot be read: {error}", err=True)
        raise typer.Exit(1) from None
    for line in unread:
        typer.echo(f"not understood: {line}", err=True)
    if as_json:
        counts = {"new": done.new, "stricter": done.stricter, "kept": done.kept}
        say_json({"applied": confirmed, "read": len(rules), "unread": list(unread), **counts})
    elif confirmed:
        say(f"{done.new} new, {done.stricter} stricter, {done.kept} left as they were.")
    else:
        say(f"{len(rules)} rules read, {len(unread)} not understood. Apply them with --yes.")


def _say_rules(tx: Tx) -> None:
    keys = ("domain", "action", "comment")
    say_json({"rules": [dict(zip(keys, rule, strict=True)) for rule in list_rules(tx)]})


def _rule(domain: str, action: str, comment: str, as_json: bool) -> None:
    try:
        with open_database() as db, db.writing() as tx:
            rule_domain(tx, domain=domain, action=action, public_comment=comment)
    except Refused as refused:
        raise fail(refused) from None
    if as_json:
        say_json({"domain": domain, "action": action})
    else:
        say(f"{domain}: {action}")
