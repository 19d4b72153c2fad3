"""Bring the catalogues up to date with the sentences in the source: `make messages`, or with --new TAG a new language.

What is new stands in a catalogue untranslated, what was reworded fuzzy; what is gone is dropped.
"""

from __future__ import annotations

import argparse
import sys
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
LOCALES = ROOT / "pcdet_sched" / "locale"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}


def template() -> Catalog:
    """Every sentence of the source that goes through the catalogue, with the files that say it."""
    found = Catalog(project="pcdet_sched", fuzzy=False)
    for folder in ("pcdet_sched", "pages", "scripts"):
        for name, _, message, _, _ in extract_from_dir(ROOT / folder, [("**.py", "python")], keywords=KEYWORDS):
            found.add(message, locations=[(f"{folder}/{name}", None)])
    return found


def update(file: Path, source: Catalog) -> tuple[int, int]:
    """Bring one catalogue up to date; how many sentences are left to translate, of how many."""
    tag = file.parents[1].name
    if file.is_file():
        with file.open("rb") as text:
            catalogue = read_po(text, locale=tag)
    else:
        catalogue = Catalog(locale=tag, project="pcdet_sched", fuzzy=False)
    catalogue.update(source)
    catalogue.obsolete.clear()
    file.parent.mkdir(parents=True, exist_ok=True)
    catalogue.header_comment = (
        f"# pcdet_sched in {tag}. The English sentences are those of the source: `make messages`."
    )
    written = BytesIO()
    write_po(written, catalogue, width=120, sort_output=True, include_lineno=False)
    lines = written.getvalue().splitlines(keepends=True)
    file.write_bytes(b"".join(line for line in lines if not line.startswith(_CHANGES_EACH_TIME)))
    return sum(1 for one in catalogue if one.id and not is_translated(one)), len(catalogue)


# Of the header: dates and names that a commit tells better.
_CHANGES_EACH_TIME = tuple(
    f'"{name}'.encode()
    for name in ("POT-", "PO-", "Last-Translator", "Language-Team", "Report-", "Generated-By", "Project-Id-Version")
)


def is_translated(message: Message) -> bool:
    """Whether a sentence has its translation, in every plural form, and the translation is of today's wording."""
    texts = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    return not message.fuzzy and all(texts)


def main() -> int:
    """Update every catalogue, or begin one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--new", metavar="TAG", help="begin a language, such as ja or zh_Hant")
    new = parser.parse_args().new
    source = template()
    files = sorted(LOCALES.glob("*/LC_MESSAGES/pcdet_sched.po"))
    if new:
        files = [LOCALES / new / "LC_MESSAGES" / "pcdet_sched.po"]
    for file in files:
        todo, all_of_them = update(file, source)
        print(f"{file.relative_to(ROOT)}: {todo} of {all_of_them} to translate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
