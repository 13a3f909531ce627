"""`microfed person …` and `microfed report …`: looking after the place without a browser."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from microfed.cli.printing import fail, say, say_json
from microfed.cli.starting import open_database
from microfed.errors import Conflict, NotFound, Refused
from microfed.ids import moment_of, parse_id
from microfed.operations.appeals import answer_appeal, give_way_to_object
from microfed.operations.handling import remove_posts, reopen, settle
from microfed.operations.members import need_member
from microfed.operations.moderation import ACTIONS, act, lift
from microfed.operations.newcomers import approve, erase, reject
from microfed.operations.undoing import undo_deed
from microfed.queries.moderation import need_row, open_appeals, rows_by_id, seek_reports
from microfed.queries.pages import Page
from microfed.queries.people import find_by_handle
from microfed.store.database import Tx
from microfed.store.moderation import Report, Strike
from microfed.store.people import Actor
from microfed.store.posts import Post

app = typer.Typer(no_args_is_help=True)
reports = typer.Typer(no_args_is_help=True)
appeals = typer.Typer(no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on the last line.")]
Who = Annotated[str, typer.Argument(help="NAME, or NAME@SERVER for somebody elsewhere.")]


@app.command("act")
def act_(
    who: Who,
    action: Annotated[str, typer.Argument(help=", ".join(ACTIONS))],
    text: Annotated[str, typer.Option(help="What somebody who lives here is told.")] = "",
    as_json: Json = False,
) -> None:
    """Warn, veil, silence, freeze or suspend somebody."""
    _do(who, lambda tx, person: act(tx, by=None, target=person, action=action, text=text), as_json)


@app.command("lift")
def lift_(
    who: Who,
    action: Annotated[str, typer.Argument(help=", ".join(ACTIONS[1:]))],
    as_json: Json = False,
) -> None:
    """Take back what was done about somebody."""

    def deed(tx: Tx, person: Actor) -> None:
        if not lift(tx, by=None, target=person, action=action):
            raise Conflict("there is nothing to take back: perhaps somebody else just did")

    _do(who, deed, as_json)


@app.command("approve")
def approve_(who: Who, as_json: Json = False) -> None:
    """Let somebody in who asked to move in."""
    _do(who, lambda tx, person: approve(tx, by=None, target=person), as_json)


@app.command("reject")
def reject_(who: Who, as_json: Json = False) -> None:
    """Do not let somebody in; their name is free again."""
    _do(who, lambda tx, person: reject(tx, by=None, target=person), as_json)


@app.command("delete")
def delete_(who: Who, as_json: Json = False) -> None:
    """Delete a suspended account for good; this alone cannot be taken back."""
    _do(who, lambda tx, person: erase(tx, by=None, target=person), as_json)


@reports.command("list")
def list_reports(
    settled: Annotated[bool, typer.Option(help="Those that are done with.")] = False,
    as_json: Json = False,
) -> None:
    """Show the reports that wait."""
    with open_database() as db, db.reading() as tx:
        found = [_told(tx, one) for one in seek_reports(tx, Page(200), is_handled=settled)]
    if as_json:
        say_json({"reports": found})
        return
    for one in found:
        say(f"{one['id']}  {one['at']}  {one['about']}  {one['category']}  {one['comment']}")
    if not found:
        say("No report waits.")


@reports.command("settle")
def settle_(
    id_: Annotated[str, typer.Argument(metavar="REPORT")],
    remove: Annotated[bool, typer.Option("--remove", help="Take the posts away.")] = False,
    as_json: Json = False,
) -> None:
    """Be done with a report."""

    def deed(tx: Tx, report: Report) -> None:
        settle(tx, by=None, report=report)
        if remove:
            remove_posts(tx, by=None, posts=rows_by_id(tx, Post, report.post_ids))

    _about_report(id_, deed, as_json)


@reports.command("reopen")
def reopen_(id_: Annotated[str, typer.Argument(metavar="REPORT")], as_json: Json = False) -> None:
    """Look at a report again."""
    _about_report(id_, lambda tx, report: reopen(tx, by=None, report=report), as_json)


@appeals.command("list")
def list_appeals(as_json: Json = False) -> None:
    """Show the objections that nobody has answered yet."""
    with open_database() as db, db.reading() as tx:
        found = [
            {
                "id": str(one.id),
                "by": f"@{tx.session.get_one(Actor, one.target_id).username}",
                "against": one.action,
                "text": one.appeal,
            }
            for one in open_appeals(tx, Page(200))
        ]
    if as_json:
        say_json({"appeals": found})
        return
    for one in found:
        say(f"{one['id']}  {one['by']}  {one['against']}  {one['text']}")
    if not found:
        say("Nobody objects to anything.")


@appeals.command("link")
def link(
    name: Annotated[str, typer.Argument(help="The member who is shut out.")],
    as_json: Json = False,
) -> None:
    """Print a link by which somebody who is shut out objects, to hand over to them."""
    try:
        with open_database() as db, db.writing() as tx:
            _, actor = need_member(tx, name)
            made = give_way_to_object(tx, by=None, target=actor)
    except Refused as refused:
        raise fail(refused) from None
    say_json({"username": name, "link": made}) if as_json else say(made)


@appeals.command("grant")
def grant(id_: Annotated[str, typer.Argument(metavar="APPEAL")], as_json: Json = False) -> None:
    """They are right: what was done is taken back."""
    _answer(id_, True, as_json)


@appeals.command("refuse")
def refuse(id_: Annotated[str, typer.Argument(metavar="APPEAL")], as_json: Json = False) -> None:
    """What was done stands."""
    _answer(id_, False, as_json)


def undo(
    line: Annotated[str, typer.Argument(help="The id of a line in `microfed journal --json`.")],
    as_json: Json = False,
) -> None:
    """Take back what the journal says, for two weeks."""
    try:
        with open_database() as db, db.writing() as tx:
            undo_deed(tx, by=None, id_=parse_id(line))
    except Refused as refused:
        raise fail(refused) from None
    say_json({"undone": line}) if as_json else say("It is taken back.")


def _do(who: str, deed: Callable[[Tx, Actor], Any], as_json: bool) -> None:
    try:
        with open_database() as db, db.writing() as tx:
            person = find_by_handle(tx, who.removeprefix("@"))
            if person is None:
                raise NotFound(f"nobody here knows {who}")
            deed(tx, person)
    except Refused as refused:
        raise fail(refused) from None
    say_json({"person": who, "done": True}) if as_json else say("Done; it stands in the journal.")


def _about_report(id_: str, deed: Callable[[Tx, Report], None], as_json: bool) -> None:
    try:
        with open_database() as db, db.writing() as tx:
            deed(tx, need_row(tx, Report, parse_id(id_)))
    except Refused as refused:
        raise fail(refused) from None
    say_json({"report": id_, "done": True}) if as_json else say("Done; it stands in the journal.")


def _answer(id_: str, is_granted: bool, as_json: bool) -> None:
    try:
        with open_database() as db, db.writing() as tx:
            strike = need_row(tx, Strike, parse_id(id_))
            answer_appeal(tx, by=None, strike=strike, is_granted=is_granted)
    except Refused as refused:
        raise fail(refused) from None
    done = {"appeal": id_, "granted": is_granted}
    say_json(done) if as_json else say("Done; it stands in the journal.")


def _told(tx: Tx, report: Report) -> dict[str, Any]:
    target = tx.session.get_one(Actor, report.target_id)
    return {
        "id": str(report.id),
        "at": moment_of(report.id).isoformat(timespec="seconds"),
        "about": f"@{target.username}" + (f"@{target.host}" if target.host else ""),
        "category": report.category,
        "comment": report.comment,
        "posts": [str(id_) for id_ in report.post_ids],
    }
