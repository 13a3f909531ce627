"""Answers held against entities.txt: is each field there, and is it what apps decode?"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
Fields = dict[str, str]

_SHAPES = {
    "id": re.compile(r"[0-9]{1,19}"),
    "digits": re.compile(r"[0-9]+"),
    "url": re.compile(r"(https?|wss?)://[^\s]+"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "string": re.compile(r".*", re.DOTALL),
}


@lru_cache(1)
def entities() -> dict[str, Fields]:
    """Return the fields of every entity, by name; `name?` may be left out."""
    found: dict[str, Fields] = {}
    fields: Fields = {}
    for line in (HERE / "entities.txt").read_text().splitlines():
        if line.startswith("["):
            name, *base = re.split(r"(?<!:):(?!:)", line.strip("[]"))
            fields = found[name] = dict(found[base[0]]) if base else {}
        elif line and not line.startswith("#"):
            field, type_ = line.split(" ", 1)
            fields[field] = type_
    return found


def problems(value: Any, type_: str, seen: set[str], where: str = "") -> list[str]:
    """Return what is wrong with `value` as a `type_`; adds the entities that were met to `seen`."""
    if type_.endswith("|null"):
        return [] if value is None else problems(value, type_[: -len("|null")], seen, where)
    if "/" in type_ and not type_.startswith(("[", "{")):
        tried = [problems(value, one, seen, where) for one in type_.split("/")]
        return [] if [] in tried else tried[0]
    if type_.startswith("["):
        if not isinstance(value, list):
            return [f"{where} is no list: {value!r:.60}"]
        return [
            wrong
            for at, item in enumerate(value)
            for wrong in problems(item, type_[1:-1], seen, f"{where}[{at}]")
        ]
    if type_.startswith("{"):
        return [] if value in type_[1:-1].split() else [f"{where} is {value!r:.60}, not of {type_}"]
    if type_ in entities():
        return _problems_of_entity(value, type_, seen, where)
    return [] if _is_plain(value, type_) else [f"{where} is no {type_}: {value!r:.60}"]


def _is_plain(value: Any, type_: str) -> bool:
    if type_ in _SHAPES:
        return isinstance(value, str) and _SHAPES[type_].fullmatch(value) is not None
    if type_ == "boolean":
        return isinstance(value, bool)
    if type_ == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if type_ == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if type_ == "hash":
        return isinstance(value, dict)
    raise AssertionError(f"entities.txt has no type {type_}")


def _problems_of_entity(value: Any, name: str, seen: set[str], where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where} is no {name}: {value!r:.60}"]
    seen.add(name)
    wrong = []
    for field, type_ in entities()[name].items():
        wrong += _problems_of_field(value, field.split("/"), type_, seen, f"{where}<{name}>")
    return wrong


def _problems_of_field(
    value: Any, steps: list[str], type_: str, seen: set[str], where: str
) -> list[str]:
    """Check one field, which may lie deeper; what it lies in may be missing, that was asked."""
    step, *deeper = steps
    if deeper:
        step, is_list = step.removesuffix("[]"), step.endswith("[]")
        inside = value.get(step)
        if inside is None:
            return []
        several = inside if is_list else [inside]
        return [
            wrong
            for one in several
            for wrong in _problems_of_field(one, deeper, type_, seen, f"{where}.{step}")
        ]
    name, may_miss = step.removesuffix("?"), step.endswith("?")
    if not isinstance(value, dict):
        return [f"{where} is no hash: {value!r:.60}"]
    if name not in value:
        return [] if may_miss else [f"{where}.{name} is missing"]
    return problems(value[name], type_, seen, f"{where}.{name}")


def answers() -> dict[str, tuple[str, str]]:
    """Return, for each address that can be read, the type of its answer and an example of it."""
    found = {}
    for line in (HERE / "answers.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            path, type_, *example = re.split(r"\s{2,}", line.strip())
            found[path] = (type_, example[0] if example else path)
    return found
