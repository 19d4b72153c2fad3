"""A catalogue says all that the source says, with the values, the code and the terms in their places."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

import pytest
from babel.messages.pofile import read_po
from click import Option

from pcdet_sched.cli import COMMANDS
from scripts.messages import LOCALES, is_translated, template

if TYPE_CHECKING:
    from babel.messages import Catalog, Message

PACKAGE = Path(__file__).resolve().parents[2] / "pcdet_sched"
TAGS = sorted(path.name for path in LOCALES.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def source() -> Catalog:
    return template()


@pytest.fixture(scope="module", params=TAGS)
def tag(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def catalogue(tag: str) -> Catalog:
    with (LOCALES / tag / "LC_MESSAGES" / "pcdet_sched.po").open("rb") as text:
        return read_po(text, locale=tag)


def _pairs(catalogue: Catalog) -> Iterable[tuple[str, str]]:
    """Each translated sentence beside its English one; of plurals the form for many."""
    for message in catalogue:
        if message.id and is_translated(message):
            yield _last(message.id), _last(message.string)


def _last(text: object) -> str:
    return text if isinstance(text, str) else text[-1]  # type: ignore[index]


def test_the_source_has_sentences_to_translate(source: Catalog) -> None:
    assert len(source) > 300


def test_every_sentence_of_the_source_is_translated_and_no_other(source: Catalog, catalogue: Catalog) -> None:
    missing = [_last(one.id) for one in source if one.id and not _has(catalogue, one)]
    gone = [_last(one.id) for one in catalogue if one.id and source.get(one.id) is None]
    assert (missing, gone) == ([], []), "`make messages`, then translate what is empty or fuzzy"


def _has(catalogue: Catalog, message: Message) -> bool:
    found = catalogue.get(message.id)
    return found is not None and found.id == message.id and is_translated(found)


def test_every_value_stands_in_the_translation(catalogue: Catalog) -> None:
    for english, text in _pairs(catalogue):
        if _fields(english):
            assert _fields(text) == _fields(english), f"{english!r}: {text!r}"


def _fields(text: str) -> set[str]:
    """The names of the values, with how each is written."""
    try:
        return {f"{name}:{spec}" for _, name, spec, _ in Formatter().parse(text) if name}
    except ValueError:
        return set()  # a brace of a YAML example: no values go in


def test_code_and_keys_stand_in_the_translation_as_they_are(catalogue: Catalog) -> None:
    for english, text in _pairs(catalogue):
        for code in re.findall(r"`[^`]+`|\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b|--[a-z][a-z_-]+", english):
            assert code in text, f"{english!r}: {text!r} lacks {code}"


def test_terms_are_those_of_the_glossary(tag: str, catalogue: Catalog) -> None:
    glossary = json.loads((LOCALES / tag / "glossary.json").read_text(encoding="utf-8"))
    wrong = [
        f"{english!r}: {text!r} says {' or '.join(words)} nowhere, for {term!r}"
        for english, text in _pairs(catalogue)
        for term, words in glossary.items()
        if re.search(rf"\b{re.escape(term)}s?\b", _CODE.sub("", english), re.IGNORECASE)
        and not any(word in text for word in words)
    ]
    assert wrong == []


# What is code: in backticks, a value's name, a flag, names with a dot or an underscore in them, calls.
_CODE = re.compile(r"`[^`]*`|\{[^}]*\}|--[\w-]+|\w+(?:[._]\w+)+|\b[A-Z][A-Z0-9]+\b|\w*\([^)]*,[^)]*\)")


def test_a_sentence_ends_as_its_english_one_does(catalogue: Catalog) -> None:
    for english, text in _pairs(catalogue):
        assert (english[-1] in ".:?!…") == (text[-1] in "。：？！….:?!"), f"{english!r}: {text!r}"
        assert (english[0] == " ") == (text[0] == " "), f"{english!r}: {text!r}"


def test_a_new_language_is_a_folder_and_nothing_else() -> None:
    held = [path for path in PACKAGE.rglob("*.py") if any(f'"{tag}"' in path.read_text() for tag in TAGS)]
    assert held == []


def test_every_help_text_of_the_command_line_is_among_the_sentences(source: Catalog) -> None:
    for name in COMMANDS:
        command = importlib.import_module(f"pcdet_sched.commands.{name}").command
        texts = [command.help, command.epilog, *(each.help for each in command.params if isinstance(each, Option))]
        assert [text for text in texts if text and source.get(text) is None] == [], name


def test_the_texts_of_a_plural_stand_where_the_catalogue_is_made_from() -> None:
    calls = [
        (path, node)
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ngettext"
    ]
    held = [(path, node.lineno) for path, node in calls if not all(isinstance(a, ast.Constant) for a in node.args[:2])]
    assert len(calls) > 20
    assert held == []


def test_every_sentence_that_is_said_stands_where_the_catalogue_is_made_from(source: Catalog) -> None:
    """Babel does not look into an f-string of Python 3.11: what is said in one would stay English for ever."""
    said = {
        (path.name, node.args[0].value)
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "N_", "ngettext")
        and node.args and isinstance(node.args[0], ast.Constant)
    }  # fmt: skip
    assert len(said) > 900
    assert {(name, text) for name, text in said if source.get(text) is None} == set()
