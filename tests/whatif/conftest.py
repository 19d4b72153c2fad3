"""The app as tests of these pages drive it, without a browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.samples import figures

ROOT = Path(__file__).resolve().parents[2]


class App:
    """The whole app under AppTest, with the words that tests use for it."""

    def __init__(self, address: str | None = None) -> None:
        self.at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        if address is not None:
            self.at.query_params["s"] = address
        self.at.run()
        self.well()

    def well(self) -> App:
        assert not self.at.exception, self.at.exception
        assert "Something went wrong" not in self.html
        return self

    def go(self, page: str) -> App:
        self.at.switch_page(f"pages/{page}.py").run()
        return self.well()

    def ask(self, question: str) -> App:
        """Open What if with one of its questions."""
        self.at.session_state["details"] = "What if"
        self.at.run()
        return self.set("What do you want to know?", question)

    def field(self, label: str) -> Any:
        kinds = ("number_input", "selectbox", "text_input", "button_group", "toggle", "file_uploader")
        found = [widget for kind in kinds for widget in self.at.get(kind) if widget.label == label]
        assert len(found) == 1, f"{len(found)} fields are labelled {label}"
        return found[0]

    def set(self, label: str, value: Any) -> App:
        self.field(label).set_value(value)
        self.at.run()
        return self.well()

    def upload(self, label: str, *files: tuple[str, bytes]) -> App:
        field = self.field(label)
        for name, data in files:
            field.upload(name, data, "application/octet-stream")
        self.at.run()
        return self.well()

    def click(self, label: str, place: int = 0) -> App:
        found = [button for button in self.at.button if button.label == label]
        assert len(found) > place, f"{len(found)} buttons are labelled {label}"
        found[place].click()
        self.at.run()
        return self.well()

    def pin(self, name: str) -> App:
        return self.set("Name of the curve", name).click("Pin")

    @property
    def html(self) -> str:
        return "\n".join(element.proto.body for element in self.at.get("html"))

    @property
    def tune(self) -> Any:
        return self.at.session_state["pcdet_sched.tune"]

    @property
    def pins(self) -> list[Any]:
        return self.at.session_state["pcdet_sched.pins"]

    @property
    def address(self) -> str | None:
        found = self.at.query_params.get("s")
        return found[0] if isinstance(found, list) else found

    def figure(self, place: int = -1) -> dict[str, Any]:
        spec: dict[str, Any] = figures(self.at)[place]
        return spec


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def open_app() -> type[App]:
    return App
