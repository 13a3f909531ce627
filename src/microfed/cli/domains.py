"""`microfed domain …`: whom we listen to."""

from typing import Annotated

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database
from microfed.errors import Refused
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
