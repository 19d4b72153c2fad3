"""A translated document says what the English one says today, block by block."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from scripts.translated import LANGUAGES, MADE, ROOT, blocks, made, pairs, sources

PAIRS = [
    pytest.param(language, english, other, id=str(other.relative_to(ROOT)))
    for language in LANGUAGES
    for english, other in pairs(language).items()
]


@pytest.mark.parametrize("language", [None, *LANGUAGES])
@pytest.mark.parametrize("page", MADE)
def test_a_document_made_from_a_table_is_what_the_table_says(page: str, language: str | None) -> None:
    written = (ROOT / "docs" / (language or "") / page).read_text(encoding="utf-8")
    assert written == made(page, language), "`make translated` writes it anew"


@pytest.mark.parametrize(("language", "english", "other"), PAIRS)
def test_no_paragraph_of_a_translation_is_stale(language: str, english: Path, other: Path) -> None:
    made_from = json.loads(sources(language).read_text(encoding="utf-8"))[str(english.relative_to(ROOT))]
    stale = [
        f"{english.name}:{block.line} {block.text[:60]!r}"
        for block, known in zip(blocks(english), made_from, strict=False)
        if block.hash != known
    ]
    assert stale == [], f"{other.name} translates what stood there before; change it, then `make translated`"
    assert len(made_from) == len(blocks(english))


@pytest.mark.parametrize(("language", "english", "other"), PAIRS)
def test_a_translation_has_the_same_blocks_in_the_same_order(language: str, english: Path, other: Path) -> None:
    assert [block.kind for block in blocks(other)] == [block.kind for block in blocks(english)]


@pytest.mark.parametrize(("language", "english", "other"), PAIRS)
def test_code_blocks_are_those_that_the_english_page_runs(language: str, english: Path, other: Path) -> None:
    for mine, theirs in zip(blocks(other), blocks(english), strict=True):
        if theirs.kind.startswith("fence"):
            assert mine.text == theirs.text


@pytest.mark.parametrize(("language", "english", "other"), PAIRS)
def test_tables_have_the_same_cells_of_code_and_numbers(language: str, english: Path, other: Path) -> None:
    for mine, theirs in zip(blocks(other), blocks(english), strict=True):
        if theirs.kind.startswith("table"):
            assert [_code(row) for row in mine.text.splitlines()] == [_code(row) for row in theirs.text.splitlines()]


def _code(row: str) -> tuple[int, list[str]]:
    """How many cells a row has, and what of it no language changes."""
    return row.count("|"), sorted(re.findall(r"`[^`]+`|\d[\d.,]*\d|\d", row))


@pytest.mark.parametrize(("language", "english", "other"), PAIRS)
def test_both_languages_link_to_each_other(language: str, english: Path, other: Path) -> None:
    for page, target in ((english, other), (other, english)):
        first = page.read_text(encoding="utf-8").splitlines()[0]
        links = re.findall(r"\]\(([^)]+)\)", first)
        assert target.resolve() in [(page.parent / link).resolve() for link in links], page.name


@pytest.mark.parametrize(("language", "english", "other"), PAIRS)
def test_each_link_of_a_translation_leads_to_a_file(language: str, english: Path, other: Path) -> None:
    for target in re.findall(r"\]\((?!https?://|#|/)([^)#]+)", other.read_text(encoding="utf-8")):
        assert (other.parent / target).exists(), f"{other.name} links to {target}"
