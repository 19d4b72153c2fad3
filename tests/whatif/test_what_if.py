"""What if on Tune, question by question, without a browser."""

from __future__ import annotations

import json
import re

import pytest

import pcdet_sched as ps
from pcdet_sched.ui.tune.what_if import QUESTIONS
from pcdet_sched.zoo import shipped
from tests.samples import figures


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_answered_for_a_shipped_model(app, question):
    app.ask(question)


@pytest.mark.slow
@pytest.mark.parametrize(
    "block",
    [
        {"OPTIMIZER": "adamw", "LR": "<b>", "BATCH_SIZE_PER_GPU": "x"},
        {"OPTIMIZER": None, "LR": None},
        {"OPTIMIZER": "sgd", "LR": 0.1, "MOMENTUM": "x", "LOSS_SCALE_FP16": "big", "NUM_EPOCHS": 10**30},
        {"NUM_EPOCHS": 0},
        {"PCT_START": -1, "LR": -0.1, "WEIGHT_DECAY": [1], "MOMS": [[1], {}]},
    ],
)
def test_every_question_stands_a_block_that_is_broken(app, block):
    values = shipped("KITTI", "pointpillar").optimization | block
    app.upload("Or your own YAML", ("mine.yaml", json.dumps({"OPTIMIZATION": values}).encode()))
    for question in QUESTIONS:
        app.ask(question)
    assert "<b>" not in app.html


def test_nothing_is_answered_before_a_question_is_asked(app):
    app.at.session_state["details"] = "What if"
    app.at.run()
    assert app.well().field("What do you want to know?").value is None
    assert len(figures(app.at)) == 1


def test_the_rules_for_other_hardware_are_rows_that_say_where_they_fail(app):
    app.ask("hardware").set("Now GPUs", 2)
    assert "Its source made it for SGD with momentum, and adam_onecycle is an Adam." in app.html
    assert "0.00075 (×\N{NO-BREAK SPACE}0.25)" in app.html
    assert len([button for button in app.at.button if button.label == "Take this"]) == 3


def test_a_curve_that_covers_the_one_as_tuned_is_dashed_and_says_so(app):
    app.ask("hardware").set("Now GPUs", 4)
    (lines,) = [
        {trace["name"]: trace["line"]["dash"] for trace in figure["data"] if trace.get("showlegend") is not False}
        for figure in figures(app.at)[1:]
    ]
    assert lines["as tuned"] == "solid"
    assert lines["now, keep ≈ as tuned"] == "dash"


def test_what_a_rule_changes_in_the_file_is_shown_on_demand(app):
    app.ask("hardware").set("Now GPUs", 2)
    assert not any("LR: 0.00075" in code.value for code in app.at.code)
    app.at.session_state["hardware-changes"] = True
    app.at.run()
    assert any("+    LR: 0.00075" in code.value for code in app.well().at.code)


def test_an_lr_that_the_run_has_is_found_with_its_phase(app):
    app.ask("lr").at.text_input(key="lr-printed").set_value("1.234e-03").run()
    assert "The run on this page prints it." in app.well().html
    assert "annealing" in app.html


@pytest.mark.parametrize(
    ("printed", "at", "said"),
    [
        ("1e-2", None, "No iteration of this run has it."),
        ("9.875719389e-04", 10001, "It is the lr of the iteration before."),
        ("1.0e-03", 74240, "no such iteration"),
        ("3.000e-03", 14848, "GPUs: 2 GPUs instead of 1."),
        ("<b>", None, "This is no lr."),
    ],
)
def test_an_lr_that_the_run_has_not_is_explained(app, printed, at, said):
    app.ask("lr").at.text_input(key="lr-printed").set_value(printed).run()
    if at is not None:
        app.at.number_input(key="lr-at").set_value(at).run()
    assert said in app.well().html
    assert "<b>" not in app.html.replace('<div class="ps-cell"><b>', "")


def test_a_proposal_is_taken_into_the_file_and_the_plan(app):
    app.ask("hardware").set("Now GPUs", 2)
    assert "32 → 8 samples per iteration" in "\n".join(m.value for m in app.at.markdown)
    app.click("Take this", 1)
    assert app.tune.config.edits == {"LR": 0.00075}
    assert app.tune.plan.gpus == 2
    assert app.field("GPUs").value == 2


def test_more_epochs_after_a_checkpoint_show_the_jump_and_the_way_back(app):
    app.set("NUM_EPOCHS", 120).ask("resume")
    assert "lr jumps by a factor of 146.8." in app.html
    app.click("Use 80 epochs")
    assert app.tune.config.edits == {}
    app.ask("resume")
    assert "No jump." in app.html


def test_the_log_of_another_run_says_where_it_parts_and_why(app):
    config = ps.load(shipped("KITTI", "pointpillar").to_yaml())
    curve = ps.simulate(config, ps.RunPlan(samples=3712, gpus=4), iterations=range(0, 18_000, 100)).curve
    rows = curve[["iteration", "lr"]].itertuples(index=False)
    log = "\n".join(f"LR: {lr:.3e}  Acc_iter {k + 1}" for k, lr in rows).encode()
    label = "Text log of OpenPCDet (train_….log), or a TensorBoard event file"
    app.ask("log").upload(label, ("train.log", log))
    assert "The log parts from the plan at iteration" in app.html
    assert "4 GPUs instead of 1" in app.html
    app.set("GPUs", 4)
    assert "The log follows the plan." in app.html


def test_a_log_beyond_the_servers_limit_is_not_read(app, monkeypatch):
    monkeypatch.setenv("PCDET_SCHED_MAX_UPLOAD_BYTES", "1000")
    label = "Text log of OpenPCDet (train_….log), or a TensorBoard event file"
    line = b"LR: 3.0e-04  Acc_iter 1".ljust(1000)
    app.ask("log").upload(label, ("train.log", line))
    assert "This log is too large." not in app.html
    app.upload(label, ("train.log", line + b"\n"))
    assert "This log is too large." in app.html
    assert "The log " not in app.html


def test_a_file_that_is_no_log_is_said(app):
    label = "Text log of OpenPCDet (train_….log), or a TensorBoard event file"
    app.ask("log").upload(label, ("notes.txt", b"<script>alert(1)</script>"))
    assert "This is no log that can be read." in app.html


@pytest.mark.parametrize("epochs", [80, 120])
def test_what_a_resume_leaves_as_it_was_does_not_become_anything(app, epochs):
    said = app.set("NUM_EPOCHS", epochs).ask("resume").html
    assert [old for old, new in re.findall(r"(\S+) becomes (\S+?)\.?[ <]", said) if old == new] == []
    assert ("lr goes on at" in said) == (epochs == 80)
    assert ("Momentum" in said.partition("No jump.")[2].partition("</div>")[0]) is False
