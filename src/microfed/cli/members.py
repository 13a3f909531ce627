"""`microfed member …` and `microfed token`: moving in, changing roles, giving access to apps."""

import re
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database
from microfed.errors import Gone, NotFound, Refused
from microfed.operations.invitations import invite, link_of
from microfed.operations.members import add_member, need_member
from microfed.operations.moderation import act, give_role, lift
from microfed.operations.newcomers import erase
from microfed.operations.reset_sign_in import reset_sign_in
from microfed.operations.tokens import give_token
from microfed.passwords import hash_password
from microfed.queries.members import list_members
from microfed.store.database import Tx
from microfed.store.people import Actor

app = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]


@app.command("add")
def add(
    name: str,
    email: Annotated[str | None, typer.Option(help="Their e-mail address.")] = None,
    password: Annotated[str | None, typer.Option(help="For signing in with a browser.")] = None,
    role: Annotated[str, typer.Option(help="member, organiser or admin.")] = "member",
    token: Annotated[str | None, typer.Option(help='Scopes of a token: "read write".')] = None,
    display_name: Annotated[str, typer.Option(help="What to call them.")] = "",
    as_json: Json = False,
) -> None:
    """Someone moves in."""
    password_hash = None if password is None else hash_password(password)
    try:
        with open_database() as db, db.writing() as tx:
            actor = add_member(
                tx,
                name=name,
                email=email,
                role=role,
                password_hash=password_hash,
                display_name=display_name,
            )
            scopes = split_scopes(token)
            given = give_token(tx, member_id=actor.id, scopes=scopes) if scopes else None
            answer = {
                "username": actor.username,
                "id": str(actor.id),
                "actor": actor.uri,
                "token": given,
            }
    except Refused as refused:
        raise fail(refused) from None
    if as_json:
        say_json(answer)
        return
    say(f"{name} lives here now: {answer['actor']}")
    if given:
        say(f"Token (shown this once): {given}")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show who lives here."""
    with open_database() as db, db.reading() as tx:
        members = list_members(tx)
    if as_json:
        say_json({"members": members})
        return
    for member in members:
        state = "" if member.state == "here" else f" ({member.state})"
        say(f"{member.username:<30} {member.role:<10} {member.email or ''}{state}")
    if not members:
        say("Nobody lives here yet: microfed member add NAME --role admin")


@app.command("show")
def show(name: str, as_json: Json = False) -> None:
    """Show one member."""
    with open_database() as db, db.reading() as tx:
        members = [member for member in list_members(tx) if member.username == name.lower()]
    if not members:
        raise fail(NotFound(f"there is no member called {name}"))
    if as_json:
        say_json(members[0])
        return
    for key in ("username", "actor", "role", "email", "state"):
        say(f"{key}: {getattr(members[0], key)}")


@app.command("role")
def role(name: str, role: str, as_json: Json = False) -> None:
    """Give a member another role: member, organiser or admin."""
    try:
        with open_database() as db, db.writing() as tx:
            give_role(tx, by=None, target=need_member(tx, name)[1], role=role)
    except Refused as refused:
        raise fail(refused) from None
    if as_json:
        say_json({"username": name, "role": role})
    else:
        say(f"{name} is now {role}")


@app.command("suspend")
def suspend(
    name: str,
    text: Annotated[str, typer.Option(help="What they are told.")] = "",
    as_json: Json = False,
) -> None:
    """Shut a member out: they cannot sign in, and nothing of them is shown. Can be taken back."""
    _do(name, lambda tx, who: act(tx, by=None, target=who, action="suspend", text=text), as_json)


@app.command("restore")
def restore(name: str, as_json: Json = False) -> None:
    """Let a member back in who was suspended or cannot sign in."""

    def deed(tx: Tx, who: Actor) -> None:
        if who.gone_at is not None:
            raise Gone(f"{name} was removed for good")
        for action in ("suspend", "freeze"):
            lift(tx, by=None, target=who, action=action)

    _do(name, deed, as_json)


@app.command("remove")
def remove(
    name: str,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")] = False,
    as_json: Json = False,
) -> None:
    """Delete a member with all they said, for good: the world is told. Cannot be taken back."""
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Delete {name} and all they said, for good?", abort=True)

    def deed(tx: Tx, who: Actor) -> None:
        if who.gone_at is None and who.suspended_at is None:
            act(tx, by=None, target=who, action="suspend")
        if who.gone_at is None:
            erase(tx, by=None, target=who)

    _do(name, deed, as_json)


@app.command("invite")
def invite_(
    name: Annotated[str, typer.Argument(help="The member who invites, and answers for them.")],
    uses: Annotated[int, typer.Option(help="For how many people.")] = 1,
    days: Annotated[int, typer.Option(help="Good for how many days.")] = 14,
    note: Annotated[str, typer.Option(help="A word with it.")] = "",
    as_json: Json = False,
) -> None:
    """Print a link by which neighbours come in, invited by a member."""
    try:
        with open_database() as db, db.writing() as tx:
            member, _ = need_member(tx, name)
            made = invite(
                tx, inviter_id=member.id, who_may="members", uses=uses, days=days, note=note
            )
            link = link_of(tx, made)
    except Refused as refused:
        raise fail(refused) from None
    say_json({"inviter": name, "link": link}) if as_json else say(link)


@app.command("reset")
def reset(
    name: str,
    device: Annotated[
        bool, typer.Option("--device", help="Their device is lost: ask for no code any more.")
    ] = False,
    mail: Annotated[bool, typer.Option("--mail", help="Send it to their address too.")] = False,
    as_json: Json = False,
) -> None:
    """Sign a member out and print a link for another password; it is good for an hour, once."""
    try:
        with open_database() as db, db.writing() as tx:
            _, actor = need_member(tx, name)
            link = reset_sign_in(tx, by=None, target=actor, drops_device=device, by_mail=mail)
    except Refused as refused:
        raise fail(refused) from None
    say_json({"username": name, "link": link}) if as_json else say(link)


def _do(name: str, deed: Callable[[Tx, Actor], Any], as_json: bool) -> None:
    """Do something about a member, and say how they stand now."""
    try:
        with open_database() as db, db.writing() as tx:
            _, actor = need_member(tx, name)
            deed(tx, actor)
            tx.flush()
            now = next(one for one in list_members(tx) if one.id == str(actor.id))
    except Refused as refused:
        raise fail(refused) from None
    if as_json:
        say_json({"username": now.username, "state": now.state})
    else:
        say(f"{now.username}: {now.state}. It stands in the journal.")


def token(
    name: str,
    scopes: Annotated[
        str, typer.Option(help="What it may be used for.")
    ] = "read write follow push",
    as_json: Json = False,
) -> None:
    """Give a token for a member's app; it is shown once."""
    try:
        with open_database() as db, db.writing() as tx:
            _, actor = need_member(tx, name)
            given = give_token(tx, member_id=actor.id, scopes=split_scopes(scopes))
            answer = {"username": actor.username, "actor": actor.uri, "token": given}
    except Refused as refused:
        raise fail(refused) from None
    if as_json:
        say_json(answer)
    else:
        say(given)


def split_scopes(text: str | None) -> list[str]:
    """Return the scopes in `text`, separated by spaces, commas or plus signs."""
    return [scope for scope in re.split(r"[\s,+]+", text or "") if scope]
