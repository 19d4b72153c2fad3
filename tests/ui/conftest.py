"""The app as a test drives it, without a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.samples import POINTPILLAR, figures

ROOT = Path(__file__).resolve().parents[2]
BLOCK = (
    """\
# a comment above
DATA_CONFIG:
    _BASE_CONFIG_: cfgs/dataset_configs/nuscenes_dataset.yaml
"""
    + POINTPILLAR
)


class Tune:
    """The Tune page, with the words that tests use for it."""

    def __init__(self) -> None:
        self.at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()

    def field(self, name: str) -> Any:
        """The field of a key or of the run plan, whatever kind it is."""
        kinds = ("number_input", "selectbox", "text_input", "button_group", "toggle")
        found = [widget for kind in kinds for widget in self.at.get(kind) if widget.label == name]
        assert len(found) == 1, f"{len(found)} fields are labelled {name}"
        return found[0]

    def set(self, name: str, value: Any) -> Tune:
        self.field(name).set_value(value)
        self.at.run()
        return self.well()

    def upload(self, content: str | bytes, name: str = "mine.yaml") -> Tune:
        data = content.encode() if isinstance(content, str) else content
        self.at.file_uploader[0].upload(name, data, "application/yaml")
        self.at.run()
        return self.well()

    def well(self) -> Tune:
        assert not self.at.exception, self.at.exception
        return self

    @property
    def figure(self) -> dict[str, Any]:
        return figures(self.at)[0]

    @property
    def html(self) -> str:
        return "\n".join(element.proto.body for element in self.at.get("html"))

    @property
    def state(self) -> Any:
        return self.at.session_state["pcdet_sched.tune"]


@pytest.fixture
def tune() -> Tune:
    return Tune()


@pytest.fixture
def block() -> str:
    return BLOCK


@pytest.fixture
def one_key() -> Callable[[str, str], str]:
    """The block with one of its lines replaced."""

    def broken(key: str, line: str) -> str:
        rows = [line if row.strip().startswith(f"{key}:") else row for row in BLOCK.splitlines()]
        return "\n".join([*rows, ""])

    return broken
