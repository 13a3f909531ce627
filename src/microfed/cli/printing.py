"""How commands speak: sentences for people, one JSON object on the last line for scripts."""

from dataclasses import asdict, is_dataclass
from typing import Any

import orjson
import typer

from microfed.errors import Refused


def say(text: str) -> None:
    """Print a sentence."""
    typer.echo(text)


def say_json(value: Any) -> None:
    """Print one object on one line."""
    shown = asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
    typer.echo(orjson.dumps(shown).decode())


def fail(refused: Refused) -> typer.Exit:
    """Print why something was refused; raise what this returns."""
    typer.echo(f"microfed: {refused}", err=True)
    return typer.Exit(1)
