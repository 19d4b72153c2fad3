"""What every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference figures and real configs beside the repository; skips without it."""
    if not SHARED.is_dir():
        pytest.skip("the reference folder ../shared is not here")
    return SHARED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run what is fast first, so that a plain mistake shows within seconds."""
    order = ("slow", "benchmark", "browser")
    items.sort(
        key=lambda item: max(
            (order.index(mark) + 1 for mark in order if item.get_closest_marker(mark)), default=0
        )
    )
