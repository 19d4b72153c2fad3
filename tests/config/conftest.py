"""What the tests of reading and editing share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def corpus(shared: Path) -> list[Path]:
    """Every config of OpenPCDet and its forks that PyYAML reads."""
    folders = [shared / "corpus" / name for name in ("openpcdet", "forks")]
    return sorted(path for folder in folders for path in folder.rglob("*.yaml"))
