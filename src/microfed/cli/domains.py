"""`microfed domain …`: whom we listen to."""

from pathlib import Path
from typing import Annotated

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database
from microfed.errors import Refused
from microfed.operations.domain_lists import import_list, read_list, write_csv, write_json
from microfed.operations.domains import forget_rule, list_rules, rule_domain

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
        rules = list_rules(tx)
    if as_json:
        keys = ("domain", "action", "comment")
        say_json({"rules": [dict(zip(keys, rule, strict=True)) for rule in rules]})
        return
    for host, action, comment in rules:
        say(f"{action:<14} {host}  {comment}")
    if not rules:
        say("No rules: every server is treated alike.")


@app.command("export")
def export(
    as_gotosocial: Annotated[
        bool, typer.Option("--gotosocial", help="As GoToSocial's JSON, not Mastodon's CSV.")
    ] = False,
) -> None:
    """Print the rules as other servers read them."""
    with open_database() as db, db.reading() as tx:
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
