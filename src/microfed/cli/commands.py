"""All commands but `serve` and `work`, by what they are about."""

import typer

from microfed.cli import demo, domains, emojis, media, members, queue

app = typer.Typer(
    name="microfed",
    help="A small federated server for a neighbourhood.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(members.app, name="member", help="Who lives here.")
app.add_typer(domains.app, name="domain", help="Other servers: whom we listen to.")
app.add_typer(media.app, name="media", help="Pictures, sound and film.")
app.add_typer(emojis.app, name="emoji", help="Small pictures with a name.")
app.command("token")(members.token)
app.command("queue")(queue.queue)
app.command("demo")(demo.demo)


@app.command("serve")
def serve() -> None:
    """Answer requests and carry deliveries: `microfed serve --help` tells more."""


@app.command("work")
def work() -> None:
    """Carry deliveries beside servers on the same PostgreSQL."""
