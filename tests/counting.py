"""How much of the database something asks."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, event


@contextmanager
def counted(where: Engine | Connection) -> Iterator[list[str]]:
    """Collect the statements that run there meanwhile."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(where, "before_cursor_execute", note)
    yield seen
    event.remove(where, "before_cursor_execute", note)
