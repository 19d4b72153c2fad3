"""A visitor without a browser: one websocket that speaks Streamlit's protocol."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

    from tests.support.serving import Server


class Session:
    """One session of the app. Use it in a `with` block; `open` runs the page, `edit` changes a number field."""

    def __init__(self, server: Server, query: str = "") -> None:
        self._url = f"ws://127.0.0.1:{server.port}/_stcore/stream"
        self._origin = server.url.rstrip("/")
        self.query = query
        self._closing = ExitStack()
        self._socket: ClientConnection
        self._script = ""
        self.id = ""
        self.fields: dict[str, tuple[str, str]] = {}  # label of a number field or button → widget, fragment
        self.gathers_usage_stats: bool | None = None
        self.chart = ""  # the figure of the last chart, as JSON
        self.texts: list[str] = []  # what the page shows as HTML
        self.errors: list[str] = []  # exceptions that the page shows
        self.drawn: list[str] = []  # the kind of each element that was sent
        self.charts: list[tuple[int, str]] = []  # of each chart that was sent, which run drew it and which fragment
        self.runs = 0
        self._component = ""  # the id of the last chart
        self.moved_to = ""  # what stood at the peak when the handle was let go
        self._asked = 0  # how often a handle was moved
        self.formats: dict[str, str] = {}  # label → how the number field writes its number

    def __enter__(self) -> Self:
        opened = connect(
            self._url,
            subprotocols=["streamlit"],
            origin=self._origin,
            max_size=None,
            max_queue=None,
            proxy=None,
            open_timeout=60,
        )
        self._socket = self._closing.enter_context(opened)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def open(self, timeout: float = 60, until: Callable[[Session], bool] | None = None) -> None:
        """Run the page from its top, and wait until it has run, or `until` sees what it waits for."""
        self._rerun()
        self._until(lambda got: _ended(got) or (until is not None and until(self)), timeout)

    def edit(self, label: str, value: float, timeout: float = 60) -> float:
        """Set a number field; the seconds until another figure has come. Waits for the end of the run."""
        return self._touch(label, timeout, double_value=value)

    def click(self, label: str, timeout: float = 60) -> float:
        """Press a button that leads to another figure; otherwise as `edit`."""
        return self._touch(label, timeout, trigger_value=True)

    def drag(self, seconds: float) -> list[float]:
        """Move the peak up and down for so long and let go: the seconds from each position to its curve.

        As the chart does in a browser: the next position is sent when the last one was answered and its pace is kept.
        """
        peak = next(one for one in self._hand()["handles"] if one["label"].startswith("LR"))
        times, end = [], time.monotonic() + seconds
        op: dict[str, object] = {}
        while time.monotonic() < end:
            sent = time.monotonic()
            height = peak["y"] * (1.1 + 0.1 * (self._asked % 5))
            op = {"handle": peak["name"], "x": peak["x"], "y": height, "fine": False}
            times.append(self._ask("move", op))
            time.sleep(max(0.0, sent + self._hand()["pace"] / 1e3 - time.monotonic()))
        self.moved_to = self.peak
        self._ask("drop", op)
        self._until(_ended, 60)
        return times

    @property
    def peak(self) -> str:
        """What stands at the peak of the lr curve; empty for a chart without curves."""
        texts = [trace["text"][0] for trace in json.loads(self.chart)["data"] if "text" in trace]
        return texts[0] if texts else ""

    def _hand(self) -> dict[str, Any]:
        hand: dict[str, Any] = json.loads(self.chart)["hand"]
        return hand

    def _ask(self, kind: str, op: dict[str, object]) -> float:
        """Have one thing done by the handles; the seconds until the figure that answers it."""
        self._asked += 1
        asked = {"hand": {"who": id(self), "ops": [op | {"n": self._asked, "kind": kind}], "at": self._asked}}
        start = time.perf_counter()
        self._rerun(self.charts[-1][1], id=self._component, json_value=json.dumps(asked))
        self._until(lambda _: self._hand()["ack"] == self._asked, 60)
        return time.perf_counter() - start

    def _touch(self, label: str, timeout: float, **value: float) -> float:
        widget, fragment = self.fields[label]
        before, start = self.chart, time.perf_counter()
        self._rerun(fragment, id=widget, **value)
        self._until(lambda _: self.chart != before, timeout)
        seconds = time.perf_counter() - start
        self._until(_ended, timeout)
        return seconds

    def _rerun(self, fragment: str = "", **widget: Any) -> None:
        """Ask for a run: of the whole page, or of a fragment of it for a widget that was touched."""
        message = BackMsg()
        message.rerun_script.query_string = self.query
        if widget:
            message.rerun_script.page_script_hash = self._script
            message.rerun_script.fragment_id = fragment
            message.rerun_script.widget_states.widgets.add(**widget)
        self._socket.send(message.SerializeToString())

    def _until(self, done: Callable[[ForwardMsg], bool], timeout: float) -> None:
        """Read messages until `done`. Raises TimeoutError."""
        end = time.monotonic() + timeout
        while True:
            raw = self._socket.recv(timeout=max(0.01, end - time.monotonic()))
            got = ForwardMsg.FromString(raw if isinstance(raw, bytes) else raw.encode())
            self._note(got)
            if done(got):
                return

    def _note(self, got: ForwardMsg) -> None:
        kind = got.WhichOneof("type")
        if kind == "new_session":
            self.runs += 1
            self._script, self.id = got.new_session.page_script_hash, got.new_session.initialize.session_id
            self.gathers_usage_stats = got.new_session.config.gather_usage_stats
        if kind != "delta" or got.delta.WhichOneof("type") != "new_element":
            return
        element = got.delta.new_element
        self.drawn.append(element.WhichOneof("type") or "")
        match element.WhichOneof("type"):
            case "number_input":
                field = element.number_input
                self.fields[field.label] = field.id, got.delta.fragment_id
                self.formats[field.label] = field.format
            case "button":
                self.fields[element.button.label] = element.button.id, got.delta.fragment_id
            case "bidi_component" if element.bidi_component.bytes:
                self.chart = element.bidi_component.bytes.decode()
                self.charts.append((self.runs, got.delta.fragment_id))
                self._component = element.bidi_component.id
            case "html":
                self.texts.append(element.html.body)
            case "exception":
                self.errors.append(element.exception.message)


def _ended(got: ForwardMsg) -> bool:
    """Whether a run has come to its end, and was not ended for another one."""
    early = ForwardMsg.FINISHED_EARLY_FOR_RERUN
    return got.WhichOneof("type") == "script_finished" and got.script_finished != early
