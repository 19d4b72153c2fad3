"""What if on Tune, question by question, without a browser."""

from __future__ import annotations

import json

import pytest

import pcdet_sched as ps
from pcdet_sched.zoo import shipped

QUESTIONS = (
    "Hardware", "Resume", "Loss scale and decay", "Nearest model", "As torch code", "A real log", "Report",
)  # fmt: skip


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


def test_a_proposal_is_taken_into_the_file_and_the_plan(app):
    app.ask("Hardware").set("Now GPUs", 2)
    assert "32 → 8 samples per iteration" in "\n".join(m.value for m in app.at.markdown)
    app.click("Take this", 1)
    assert app.tune.config.edits == {"LR": 0.00075}
    assert app.tune.plan.gpus == 2
    assert app.field("GPUs").value == 2


def test_more_epochs_after_a_checkpoint_show_the_jump_and_the_way_back(app):
    app.set("NUM_EPOCHS", 120).ask("Resume")
    assert "lr jumps by a factor of 146.8." in app.html
    app.click("Use 80 epochs")
    assert app.tune.config.edits == {}
    app.ask("Resume")
    assert "No jump." in app.html


def test_the_log_of_another_run_says_where_it_parts_and_why(app):
    config = ps.load(shipped("KITTI", "pointpillar").to_yaml())
    curve = ps.simulate(config, ps.RunPlan(samples=3712, gpus=4), iterations=range(0, 18_000, 100)).curve
    rows = curve[["iteration", "lr"]].itertuples(index=False)
    log = "\n".join(f"LR: {lr:.3e}  Acc_iter {k + 1}" for k, lr in rows).encode()
    label = "Text log of OpenPCDet (train_….log), or a TensorBoard event file"
    app.ask("A real log").upload(label, ("train.log", log))
    assert "The log parts from the plan at iteration" in app.html
    assert "4 GPUs instead of 1" in app.html
    app.set("GPUs", 4)
    assert "The log follows the plan." in app.html


def test_a_log_beyond_the_servers_limit_is_not_read(app, monkeypatch):
    monkeypatch.setenv("PCDET_SCHED_MAX_UPLOAD_BYTES", "1000")
    label = "Text log of OpenPCDet (train_….log), or a TensorBoard event file"
    line = b"LR: 3.0e-04  Acc_iter 1".ljust(1000)
    app.ask("A real log").upload(label, ("train.log", line))
    assert "This log is too large." not in app.html
    app.upload(label, ("train.log", line + b"\n"))
    assert "This log is too large." in app.html
    assert "The log " not in app.html


def test_a_file_that_is_no_log_is_said(app):
    label = "Text log of OpenPCDet (train_….log), or a TensorBoard event file"
    app.ask("A real log").upload(label, ("notes.txt", b"<script>alert(1)</script>"))
    assert "This is no log that can be read." in app.html
