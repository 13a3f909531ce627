"""The `microfed` command. Thin: it finds out what is wanted and calls an operation."""

import gc
import sys

_RARELY = 20_000


def main() -> None:
    """Run the command in `sys.argv`."""
    arguments = sys.argv[1:]
    # Loading makes a hundred thousand things that stay: to look for rubbish among them again and
    # again is a sixth of the start.
    gc.set_threshold(_RARELY, 10, 10)
    if arguments[:1] in (["serve"], ["work"]) and "--help" not in arguments[:1]:
        # The server is long-lived: what only commands need (typer, rich) stays out of its memory.
        from microfed.cli import serve  # noqa: PLC0415

        run = serve.serve if arguments[0] == "serve" else serve.work
        raise SystemExit(run(arguments[1:]))
    # And the commands are short-lived: what only the server needs stays out of their start.
    from microfed.cli.commands import app  # noqa: PLC0415

    app()
