"""`app --checkout`: the owner's command line names the code, the page draws what it does, nobody else reaches it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from pcdet_sched.checkout.find import VARIABLE
from pcdet_sched.cli import main
from tests.checkout.styles import write

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The arguments of the server that would have been started."""
    arguments: list[str] = []
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setattr(os, "execv", lambda _path, given: arguments.extend(given))
    return arguments


@pytest.mark.parametrize(
    "elsewhere",
    [["--address", "0.0.0.0"], ["--", "--server.address", "0.0.0.0"], ["--", "--server.address=0.0.0.0"]],  # noqa: S104 - refused
)
def test_no_other_address_is_listened_on(elsewhere: list[str], started: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["app", "--checkout", str(tmp_path), *elsewhere])
    assert result.exit_code == 2
    assert "this machine only" in result.stderr
    assert not started


def test_this_machine_is_listened_on_whatever_the_environment_says(
    started: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")  # noqa: S104 - overruled
    result = CliRunner().invoke(main, ["app", "--checkout", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert started[0] == sys.executable
    assert started[started.index("--server.address") + 1] == "127.0.0.1"
    assert os.environ[VARIABLE] == str(tmp_path.resolve())


@pytest.mark.slow
def test_the_page_draws_what_the_checkout_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(write(tmp_path, "another formula")))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    assert not app.exception
    state = app.session_state["pcdet_sched.tune"]
    assert state.report.verdict == "Trains on the checkout."
    assert state.run.checkout.same_as == ()
    assert any("no known trainer does the same" in html.proto.body for html in app.get("html"))


@pytest.mark.slow
def test_a_checkout_that_cannot_be_run_leaves_the_page_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(write(tmp_path, "unknown import")))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    assert not app.exception
    state = app.session_state["pcdet_sched.tune"]
    assert "imports a_package_of_the_cluster" in state.trouble
    assert not state.run.curve.empty
