"""What is drawn on Tune is the run of what the YAML says, whatever a visitor did before, in whatever order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import pcdet_sched as ps
from pcdet_sched.handles import handles
from pcdet_sched.ui.state import Tune
from pcdet_sched.ui.tune.hand import act
from tests.samples import POINTPILLAR
from tests.ui.test_tune import drawn


def at(kind: str, **more: Any) -> Any:
    return {"n": 1, "kind": kind, "handle": "peak", "x": 20_000.0, "y": 0.0071, "fine": False, **more}


def press(tune, label):
    next(button for button in tune.at.button if button.label == label).click()
    tune.at.run()


def is_drawn(tune) -> None:
    run = ps.simulate(ps.load(tune.state.config.to_yaml()), tune.state.plan)
    np.testing.assert_array_equal(drawn(tune.figure["data"][0]), run.curve["lr"])


def test_undo_and_redo_turn_typed_and_dragged_edits(tune):
    tune.set("LR", 0.01)
    act(tune.state, at("move"))
    act(tune.state, at("drop"))
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
    act(tune.state, at("move"))
    assert tune.state.moving.edits["LR"] == 0.0071
    act(tune.state, at(end))
    tune.at.run()
    assert tune.state.config.edits == {}
    is_drawn(tune)


def test_what_the_yaml_will_read_is_said_while_a_handle_moves(tune):
    act(tune.state, at("move", x=29_696.0))
    tune.at.run()
    assert tune.figure["hand"]["says"] == "LR: 0.0071 (was 0.003)"
    act(tune.state, at("drop", x=29_696.0))
    tune.at.run()
    assert tune.figure["hand"]["says"] == ""


def test_another_file_begins_without_a_past(tune, block):
    tune.set("LR", 0.01).upload(block)
    press(tune, "Undo")
    assert tune.state.config.edits == {}
    is_drawn(tune)


def test_an_edit_from_outside_fills_only_the_fields_that_show_something_else(tune):
    tune.set("WEIGHT_DECAY", 0.02)
    names = {name: tune.field(name).proto.id for name in ("LR", "WEIGHT_DECAY", "PCT_START")}
    act(tune.state, at("drop", x=29_696.0))
    tune.at.run()
    kept = {name: tune.field(name).proto.id == old for name, old in names.items()}
    assert kept == {"LR": False, "WEIGHT_DECAY": True, "PCT_START": True}
    assert (tune.field("LR").value, tune.field("WEIGHT_DECAY").value) == (0.0071, 0.02)


def test_the_curve_as_loaded_stays_under_an_edited_one_until_reset(tune):
    def ghosts(name="lr as loaded"):
        return [trace for trace in tune.figure["data"] if trace.get("name") == name]

    before = drawn(tune.figure["data"][0])
    assert ghosts() == []
    tune.set("LR", 0.01)
    np.testing.assert_array_equal(drawn(ghosts()[0]), before)
    assert ghosts("momentum as loaded") == []  # it is as it was
    press(tune, "Reset")
    assert ghosts() == []


PLAN = ps.RunPlan(samples=3712, trainer="classic")
FILES = (POINTPILLAR, POINTPILLAR.replace("adam_onecycle", "sgd"), POINTPILLAR.replace("LR: 0.003", "LR: 0.01"))
PLACES = some.tuples(some.integers(0, 6), some.floats(-1e4, 9e4), some.floats(-0.01, 1.0), some.booleans())


class Visitor(RuleBasedStateMachine):
    """Drags, keys, typed edits, Undo, Redo, Reset and uploads in any order, beside a list of what they should make."""

    def __init__(self) -> None:
        super().__init__()
        config = ps.load(FILES[0])
        self.tune = Tune(config, PLAN, "mine.yaml", "Custom")
        self.texts, self.now = [config.to_yaml()], 0

    def edited(self) -> None:
        text = self.tune.config.to_yaml()
        if self.changed:
            self.texts[self.now + 1 :] = [text]
            self.now += 1

    def does(self, op: Any) -> None:
        before = self.tune.config
        act(self.tune, op)
        self.changed = self.tune.config is not before
        self.edited()

    def op(self, kind: str, place: Any, **more: Any) -> Any:
        number, x, y, fine = place
        there = handles(self.tune.run)
        return at(kind, handle=there[number % len(there)].name, x=x, y=y, fine=fine, **more)

    @rule(place=PLACES)
    def moves(self, place: Any) -> None:
        before = self.tune.config
        act(self.tune, self.op("move", place))
        assert self.tune.config is before

    @rule(place=PLACES)
    def drops(self, place: Any) -> None:
        self.does(self.op("drop", place))

    @rule(
        place=PLACES, way=some.sampled_from(["up", "down", "left", "right"]), size=some.sampled_from(["fine", "coarse"])
    )
    def presses(self, place: Any, way: str, size: str) -> None:
        self.does(self.op("push", place, direction=way, size=size))

    @rule()
    def escapes(self) -> None:
        act(self.tune, at("cancel"))

    @rule(kind=some.sampled_from(["add", "remove"]))
    def steps(self, kind: str) -> None:
        self.does(at(kind, handle="step-0"))

    @rule(lr=some.floats(1e-5, 1.0))
    def types(self, lr: float) -> None:
        self.tune.keep(self.tune.config.edit({"LR": lr}))
        self.changed = True
        self.edited()

    @rule()
    def undoes(self) -> None:
        act(self.tune, at("undo"))
        self.now = max(self.now - 1, 0)

    @rule()
    def redoes(self) -> None:
        act(self.tune, at("redo"))
        self.now = min(self.now + 1, len(self.texts) - 1)

    @rule()
    def resets(self) -> None:
        self.tune.reset()
        self.changed = True
        self.edited()

    @rule(text=some.sampled_from(FILES))
    def uploads(self, text: str) -> None:
        assert self.tune.open_text(text, "other.yaml")
        self.texts, self.now = [text], 0

    @invariant()
    def the_yaml_is_what_was_done(self) -> None:
        assert self.tune.config.to_yaml() == self.texts[self.now]

    @invariant()
    def the_run_is_that_of_the_yaml(self) -> None:
        run = ps.simulate(ps.load(self.tune.config.to_yaml()), self.tune.plan)
        np.testing.assert_array_equal(self.tune.run.curve["lr"], run.curve["lr"])
        np.testing.assert_array_equal(self.tune.run.curve["momentum"], run.curve["momentum"])


TestVisitor = Visitor.TestCase
TestVisitor.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
