"""How the rows of an archive are written: as objects that JSON knows."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from microfed.store.database import Tx

Part = Callable[[Tx, int], Any]


def plain(names: Sequence[str], row: Any) -> dict[str, Any]:
    """Return a row as an object that JSON knows."""
    return {name: _json(value) for name, value in zip(names, row, strict=True)}


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def rows(tx: Tx, names: str, query: Any) -> list[dict[str, Any]]:
    """Return what a query finds as objects; `names` are its columns, with spaces between."""
    return [plain(names.split(), row) for row in tx.connection.execute(query).all()]
