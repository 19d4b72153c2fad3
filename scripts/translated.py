"""Write the documents made from tables, and which paragraphs each translation was made from: `make translated`.

Beside the documents of a language, `docs/zh/sources.json` holds a hash of each English block (paragraph, heading, list,
table, code) that its translation was made from, in order. A block that was changed since then is stale, and a test
names it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from markdown_it import MarkdownIt

from pcdet_sched.language import SOURCE, speaking
from scripts import docs_keys, docs_questions

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = {"zh": "zh-CN"}
"""The folder of each language in docs/, and its tag in the name of the README."""
MADE = {made.PAGE: made.document for made in (docs_keys, docs_questions)}
"""The documents that are made from tables, each with what writes it in the language in force."""


def made(page: str, language: str | None = None) -> str:
    """One of them, in English or in the language of a folder, with the line that links both."""
    return _linked(page, language, MADE[page])


def write(page: str, language: str | None, document: Callable[[], str]) -> None:
    """Write a document of docs/ in English or in the language of a folder."""
    (ROOT / "docs" / (language or "") / page).write_text(_linked(page, language, document), encoding="utf-8")


def _linked(page: str, language: str | None, document: Callable[[], str]) -> str:
    link = f"[English](../{page})" if language else f"[中文](zh/{page})"
    with speaking(LANGUAGES[language] if language else SOURCE):
        return f"{link}\n\n{document()}"


@dataclass(frozen=True)
class Block:
    """One block of a document: its kind as Markdown knows it, its text, and the line that it begins on."""

    kind: str
    text: str
    line: int

    @property
    def hash(self) -> str:
        """What of the text is kept to know it again; how its lines are broken does not matter."""
        return sha256(" ".join(self.text.split()).encode()).hexdigest()[:12]


def blocks(page: Path) -> list[Block]:
    """The blocks of a document, in order; the line that links the languages is left out."""
    text = page.read_text(encoding="utf-8")
    lines = text.splitlines()
    found = []
    for token in MarkdownIt().enable("table").parse(text):
        if token.level == 0 and token.nesting >= 0 and token.map:
            start, end = token.map
            found.append(Block(f"{token.type} {token.tag}", "\n".join(lines[start:end]).strip(), start + 1))
    return [block for block in found if not is_switch(block)]


def is_switch(block: Block) -> bool:
    """Whether the block is the line above a document that links it to the same one in other languages."""
    return block.line == 1 and block.text.startswith("[")


def pairs(language: str) -> dict[Path, Path]:
    """Each English document → its translation, whether that is there or not."""
    translated = {page: page.parent / language / page.name for page in sorted((ROOT / "docs").glob("*.md"))}
    return {ROOT / "README.md": ROOT / f"README.{LANGUAGES[language]}.md", **translated}


def sources(language: str) -> Path:
    """The file with the hashes."""
    return ROOT / "docs" / language / "sources.json"


def main() -> int:
    """Write down what the translations are made from; a document whose blocks are of other kinds is refused."""
    wrong = 0
    for page, document in MADE.items():
        for language in (None, *LANGUAGES):
            write(page, language, document)
    for language in LANGUAGES:
        hashes = {}
        for english, other in pairs(language).items():
            if not other.is_file():
                print(f"{other.relative_to(ROOT)} is missing")
            elif [b.kind for b in blocks(english)] != [b.kind for b in blocks(other)]:
                print(f"{other.relative_to(ROOT)} has other blocks than {english.relative_to(ROOT)}")
            else:
                hashes[str(english.relative_to(ROOT))] = [block.hash for block in blocks(english)]
                continue
            wrong += 1
        rows = (f" {json.dumps(page)}: {json.dumps(known)}" for page, known in hashes.items())
        sources(language).write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
