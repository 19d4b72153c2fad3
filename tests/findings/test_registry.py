"""Codes, their texts, and the page that is made from them."""

from __future__ import annotations

import ast
import re
import runpy
from pathlib import Path

import pytest

from pcdet_sched.findings import CODES
from pcdet_sched.findings.codes import SEVERITIES

PACKAGE = Path("pcdet_sched") / "findings"


@pytest.fixture
def root(request: pytest.FixtureRequest) -> Path:
    return request.config.rootpath


@pytest.mark.parametrize("name", CODES)
def test_every_code_has_its_texts(name: str) -> None:
    code = CODES[name]
    assert code.name == name
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert code.severity in SEVERITIES
    assert code.title[0].isalpha() or code.title.startswith("-")
    assert not code.title.endswith(".")
    assert code.explanation.endswith(".")
    assert code.explanation != code.title


def literals(root: Path) -> set[str]:
    found = set()
    for path in (root / PACKAGE).rglob("*.py"):
        if path.name != "codes.py":
            nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            found |= {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return found


def test_every_code_is_emitted_somewhere(root: Path) -> None:
    assert sorted(set(CODES) - literals(root)) == []


def test_docs_keys_is_what_the_tables_make_of_it(root: Path) -> None:
    made = runpy.run_path(str(root / "scripts" / "docs_keys.py"))
    assert (root / "docs" / "keys.md").read_text(encoding="utf-8") == made["document"]()
