"""Every deed that is written into the journal can be told in a sentence."""

import ast
from collections.abc import Iterator
from pathlib import Path

import microfed.operations
from microfed.journal_words import COMMAND_LINE, SENTENCES, tell
from microfed.operations.domains import ACTIONS as RULES
from microfed.operations.members import ROLES
from microfed.operations.moderation import ACTIONS
from microfed.operations.place import AT_LENGTH
from microfed.queries.place import FEDERATIONS, GROUP_MAKERS, REGISTRATIONS
from microfed.words import all_words

# What is put together from a word and a choice.
MADE_UP = {
    *ACTIONS,
    *(f"lift_{action}" for action in ACTIONS if action != "warn"),
    *(f"make_{role}" for role in ROLES),
    *(f"domain_{action}" for action in (*RULES, "forget")),
    *(f"federation_{mode}" for mode in FEDERATIONS),
    *(f"registration_{mode}" for mode in REGISTRATIONS),
    *(f"groups_{makers}" for makers in GROUP_MAKERS),
    *(f"write_{name}" for name in AT_LENGTH),
}


def noted() -> Iterator[str]:
    """Return the deeds that the operations write down by name."""
    for file in Path(microfed.operations.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text())):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            if call.func.id == "note_deed":
                found = [one.value for one in call.keywords if one.arg == "action"]
            elif call.func.id == "_note" and len(call.args) > 2:
                found = [call.args[2]]
            else:
                continue
            for value in found:
                for part in ast.walk(value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value


def test_each_deed_has_a_sentence_of_its_own() -> None:
    names = set(noted())
    # A choice stands behind `domain_` or `letter_`, or within `drop_…_rule`.
    pieces = {"forget", "on", "off", "_rule", *(name for name in names if name.endswith("_"))}

    assert {"mark_post", "grant_appeal", "give_way_to_object"} <= names
    assert (names - pieces) | MADE_UP <= SENTENCES.keys()


def test_a_deed_is_told_in_both_languages_and_names_the_command_line() -> None:
    for words in all_words().values():
        told = {tell(words, action=action, by="", whom="@leo") for action in SENTENCES}

        assert len(told) == len(SENTENCES)
        assert all(words.say(COMMAND_LINE) in sentence for sentence in told)
