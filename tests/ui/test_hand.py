"""What is drawn on Tune is the run of what the YAML says, whatever a visitor did before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pcdet_sched as ps
from pcdet_sched.ui.tune.hand import _do
from tests.ui.test_tune import drawn


def at(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "handle": "peak", "x": 20_000.0, "y": 0.0071, "fine": False, **more}


def press(tune, label):
    next(button for button in tune.at.button if button.label == label).click()
    tune.at.run()


def is_drawn(tune) -> None:
    run = ps.simulate(ps.load(tune.state.config.to_yaml()), tune.state.plan)
    np.testing.assert_array_equal(drawn(tune.figure["data"][0]), run.curve["lr"])


def test_undo_and_redo_turn_typed_and_dragged_edits(tune):
    tune.set("LR", 0.01)
    _do(tune.state, at("move"))
    _do(tune.state, at("drop"))
    tune.at.run()
    assert tune.state.config.edits == {"LR": 0.0071, "PCT_START": 0.27}
    is_drawn(tune)
    press(tune, "Undo")
    assert tune.state.config.edits == {"LR": 0.01}
    assert tune.field("LR").value == 0.01
    is_drawn(tune)
    press(tune, "Undo")
    assert tune.state.config.edits == {}
    press(tune, "Redo")
    press(tune, "Redo")
    assert tune.field("LR").value == 0.0071
    is_drawn(tune)


@pytest.mark.parametrize("end", ["cancel", "undo"])
def test_a_move_alone_changes_nothing(tune, end):
    _do(tune.state, at("move"))
    assert tune.state.moving.edits["LR"] == 0.0071
    _do(tune.state, at(end))
    tune.at.run()
    assert tune.state.config.edits == {}
    is_drawn(tune)


def test_another_file_begins_without_a_past(tune, block):
    tune.set("LR", 0.01).upload(block)
    press(tune, "Undo")
    assert tune.state.config.edits == {}
    is_drawn(tune)


def test_the_curve_as_loaded_stays_under_an_edited_one(tune):
    before = drawn(tune.figure["data"][0])
    ghosts = [trace for trace in tune.set("LR", 0.01).figure["data"] if trace.get("name") == "lr as loaded"]
    np.testing.assert_array_equal(drawn(ghosts[0]), before)
