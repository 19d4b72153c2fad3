"""What an edit on Tune sends again, seen at the websocket of a real server."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest

from pcdet_sched.ui.tune.opening import _send_at_once
from pcdet_sched.ui.tune.redraw import _SENT
from tests.support.serving import Server, serve
from tests.support.sockets import Session

pytestmark = pytest.mark.slow


def lr_of(session: Session) -> float:
    """The number that stands at the peak of the lr curve; 0 for a chart without curves."""
    return float(session.peak.removeprefix("peak ").removesuffix("<br> ") or 0)


def test_the_first_visitor_is_told_what_is_waited_for_and_then_sees_the_curves(tmp_path: Path) -> None:
    with serve(tmp_path) as fresh, Session(fresh) as session:
        session.open(until=lambda seen: bool(seen.chart))
        assert "Loading PyTorch" in session.chart
        session.open(until=lambda seen: lr_of(seen) > 0)
        assert lr_of(session) == 0.003


def test_an_edit_draws_the_curves_and_no_field_again(server: Server) -> None:
    with Session(server) as session:
        session.open()
        time.sleep(_SENT)  # until then what was drawn may not have been sent, and is drawn once more
        session.drawn.clear()
        session.edit("LR", 0.0047)
        assert lr_of(session) == 0.0047
        assert set(session.drawn) == {"html", "bidi_component"}


def test_an_edit_s_curve_is_drawn_before_the_second_run_begins_and_belongs_to_the_curves(server: Server) -> None:
    with Session(server) as session:
        session.open()
        (_, curves), before = session.charts[-1], session.runs
        session.charts.clear()
        session.edit("LR", 0.0047)
        assert session.charts == [(before + 1, curves), (before + 2, curves)]


def test_an_edit_to_a_tiny_number_draws_the_fields_again_to_write_it_out(server: Server) -> None:
    with Session(server) as session:
        session.open()
        session.drawn.clear()
        session.edit("LR", 2e-7)
        assert session.drawn.count("number_input") > 10
        assert session.formats["LR"] == "%.7f"
        assert session.formats["WEIGHT_DECAY"] == "%s"


def test_a_click_on_reset_draws_everything_that_hangs_on_the_file_again(server: Server) -> None:
    with Session(server) as session:
        session.open()
        session.edit("LR", 0.0047)
        session.drawn.clear()
        session.click("Reset")
        assert lr_of(session) == 0.003
        assert session.drawn.count("number_input") > 10
        assert "text_input" in session.drawn
        assert session.fields["LR"]


def test_the_server_s_sockets_send_small_messages_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 0)
        _send_at_once()
        with socket.create_connection(listening.getsockname()), listening.accept()[0] as accepted:
            for one in (listening, accepted):
                assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_handle_that_is_let_go_leaves_what_was_drawn_last(server: Server) -> None:
    with Session(server) as session:
        session.open()
        assert len(session.drag(1)) > 5
        assert session.peak == session.moved_to
        assert lr_of(session) > 0.003
        session.click("Undo")
        assert lr_of(session) == 0.003
