"""What the tests of reading and editing share."""

from __future__ import annotations

from pathlib import Path

import pytest


class Corpus(list[Path]):
    """A list that does not print hundreds of names when a test over it fails."""

    def __repr__(self) -> str:
        return f"<{len(self)} configs>"


@pytest.fixture(scope="session")
def corpus(shared: Path) -> Corpus:
    """Every config of OpenPCDet and its forks that PyYAML reads."""
    folders = [shared / "corpus" / name for name in ("openpcdet", "forks")]
    found = Corpus(sorted(path for folder in folders for path in folder.rglob("*.yaml")))
    assert len(found) > 200  # what is said of each of none is not said
    return found
