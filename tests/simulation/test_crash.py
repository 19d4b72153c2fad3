"""Take a config that trains, break one thing, and see where the trainer stops."""

from __future__ import annotations

from typing import Any

import pytest

import pcdet_sched as ps

REMOVED = None
# Change, release, stage, iteration, exception: none of these is predicted by a rule, all are met.
BROKEN: list[tuple[dict[str, Any], str, str, int | None, str]] = [
    ({"BATCH_SIZE_PER_GPU": REMOVED}, "master", "config", None, "AttributeError"),
    ({"NUM_EPOCHS": REMOVED}, "master", "config", None, "AttributeError"),
    ({"BATCH_SIZE_PER_GPU": 0}, "master", "dataloader", None, "ValueError"),
    ({"BATCH_SIZE_PER_GPU": "4"}, "master", "dataloader", None, "ValueError"),
    ({"BATCH_SIZE_PER_GPU": True}, "master", "dataloader", None, "ValueError"),
    ({"OPTIMIZER": REMOVED}, "master", "build_optimizer", None, "AttributeError"),
    ({"OPTIMIZER": "adamW"}, "master", "build_optimizer", None, "NotImplementedError"),
    ({"OPTIMIZER": "adam_cosineanneal"}, "classic", "build_optimizer", None, "NotImplementedError"),
    ({"OPTIMIZER": "adam", "LR": "1e-3"}, "classic", "build_optimizer", None, "TypeError"),
    ({"OPTIMIZER": "sgd", "MOMENTUM": -0.1}, "classic", "build_optimizer", None, "ValueError"),
    ({"WEIGHT_DECAY": REMOVED}, "master", "build_optimizer", None, "AttributeError"),
    ({"WEIGHT_DECAY": [0.01, 0.02]}, "master", "build_optimizer", None, "AssertionError"),
    ({"BETAS": [0.9]}, "master", "build_optimizer", None, "IndexError"),
    ({"BETAS": [0.9, 1.0]}, "master", "build_optimizer", None, "ValueError"),
    ({"BETAS": 0.9}, "master", "build_optimizer", None, "TypeError"),
    ({"LR": "1e-3"}, "master", "build_scheduler", None, "TypeError"),
    ({"LR": REMOVED}, "master", "build_scheduler", None, "AttributeError"),
    ({"DECAY_STEP_LIST": REMOVED}, "master", "build_scheduler", None, "AttributeError"),
    ({"DECAY_STEP_LIST": 35}, "master", "build_scheduler", None, "TypeError"),
    ({"MOMS": REMOVED}, "master", "build_scheduler", None, "AttributeError"),
    ({"MOMS": []}, "master", "build_scheduler", None, "IndexError"),
    ({"DIV_FACTOR": 0}, "master", "build_scheduler", None, "ZeroDivisionError"),
    ({"PCT_START": 0}, "master", "build_scheduler", None, "AssertionError"),
    ({"PCT_START": "0.4"}, "master", "build_scheduler", None, "ValueError"),
    ({"PCT_START": float("nan")}, "master", "build_scheduler", None, "ValueError"),
    ({"NUM_EPOCHS": "80"}, "master", "build_scheduler", None, "TypeError"),
    ({"OPTIMIZER": "adam", "LR_WARMUP": True}, "classic", "build_scheduler", None, "TypeError"),
    ({"OPTIMIZER": "sgd", "LR_WARMUP": True}, "master", "build_scheduler", None, "TypeError"),
    ({"OPTIMIZER": "adam", "LR_CLIP": REMOVED}, "classic", "build_scheduler", None, "AttributeError"),
    ({"NUM_EPOCHS": 80.0}, "master", "train", None, "TypeError"),
    ({"OPTIMIZER": "adam"}, "master", "train", 0, "TypeError"),
    ({"OPTIMIZER": "sgd"}, "master", "train", 0, "TypeError"),
    ({"MOMS": [0.95]}, "master", "train", 0, "TypeError"),
    ({"MOMS": ["0.95", "0.85"]}, "master", "train", 0, "TypeError"),
    ({"PCT_START": 0.0001}, "master", "train", 0, "ZeroDivisionError"),
    ({"GRAD_NORM_CLIP": REMOVED}, "master", "train", 0, "AttributeError"),
    ({"GRAD_NORM_CLIP": "ten"}, "master", "train", 0, "ValueError"),
    ({"WEIGHT_DECAY": "0.01"}, "master", "train", 0, "TypeError"),
    ({"USE_AMP": 0}, "master", "train", 0, "TypeError"),
    ({"OPTIMIZER": "adam_cosineanneal", "WARMUP_ITER": "500"}, "master", "train", 0, "TypeError"),
    ({"OPTIMIZER": "adam", "LR_DECAY": "0.1"}, "classic", "train", 35 * 116, "TypeError"),
    ({"OPTIMIZER": "sgd", "LR_DECAY": 1e43}, "classic", "train", 35 * 116, "RuntimeError"),
]


@pytest.mark.parametrize(("change", "trainer", "stage", "iteration", "exception"), BROKEN, ids=lambda x: str(x)[:50])
def test_one_broken_thing_stops_the_trainer_where_it_is_first_used(
    config: ps.Config, change: dict[str, Any], trainer: str, stage: str, iteration: int | None, exception: str
) -> None:
    crash = ps.simulate(config.edit(change), ps.RunPlan(samples=3712, gpus=8, trainer=trainer)).crash
    assert crash is not None
    assert (crash.stage, crash.iteration, crash.exception) == (stage, iteration, exception), crash


def test_the_unbroken_config_runs(config: ps.Config, plan: ps.RunPlan, classic: ps.RunPlan) -> None:
    assert ps.simulate(config, plan).crash is None
    for optimizer in ("adam_onecycle", "adam", "sgd"):
        assert ps.simulate(config.edit({"OPTIMIZER": optimizer}), classic).crash is None


def test_a_key_that_is_no_text_stops_the_load() -> None:
    crash = ps.simulate(ps.load("OPTIMIZATION: {OPTIMIZER: adam, LR: 0.1}\n5: five\n"), ps.RunPlan(samples=8)).crash
    assert crash is not None
    assert (crash.stage, crash.exception) == ("load", "TypeError")


def test_a_total_batch_that_does_not_divide_over_the_gpus_stops_at_config(config: ps.Config) -> None:
    crash = ps.simulate(config, ps.RunPlan(samples=3712, gpus=8, batch_size=30)).crash
    assert crash is not None
    assert (crash.stage, crash.exception) == ("config", "AssertionError")
    assert "30" in crash.message
    assert "8" in crash.message


def test_the_merge_flag_with_fewer_iterations_than_epochs_stops_at_the_first_modulo(config: ps.Config) -> None:
    plan = ps.RunPlan(samples=1, merge_all_iters_to_one_epoch=True)
    crash = ps.simulate(config.edit({"BATCH_SIZE_PER_GPU": 8}), plan).crash
    assert crash is not None
    assert (crash.stage, crash.iteration, crash.exception) == ("train", 0, "ZeroDivisionError")


MEANT: list[tuple[dict[str, Any], str]] = [
    ({"LR": "3e-3"}, "master"),
    ({"PCT_START": "0.4"}, "master"),
    ({"NUM_EPOCHS": "80"}, "master"),
    ({"BATCH_SIZE_PER_GPU": "4"}, "master"),
    ({"WEIGHT_DECAY": "abc"}, "master"),
    ({"GRAD_NORM_CLIP": REMOVED}, "master"),
    ({"DECAY_STEP_LIST": REMOVED}, "master"),
    ({"MOMS": ["0.95", "0.85"]}, "master"),
]


@pytest.mark.parametrize(("change", "trainer"), MEANT, ids=str)
def test_a_run_that_stops_still_shows_the_curve_that_was_meant(
    config: ps.Config, plan: ps.RunPlan, change: dict[str, Any], trainer: str
) -> None:
    broken = ps.simulate(config.edit(change), plan)
    assert broken.crash is not None
    assert broken.curve.equals(ps.simulate(config, plan).curve)


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_what_master_cannot_train_is_drawn_as_classic_trains_it(
    config: ps.Config, plan: ps.RunPlan, classic: ps.RunPlan, optimizer: str
) -> None:
    edited = config.edit({"OPTIMIZER": optimizer})
    assert ps.simulate(edited, plan).curve.equals(ps.simulate(edited, classic).curve)


def test_where_nothing_can_be_meant_the_curve_is_empty(config: ps.Config, plan: ps.RunPlan) -> None:
    run = ps.simulate(config.edit({"LR": "high"}), plan)
    assert run.crash is not None
    assert run.curve.empty
    assert list(run.curve.columns) == ["iteration", "epoch", "lr", "momentum"]
    assert run.summary is None


@pytest.mark.parametrize("betas", [[0.9], [0.9, 1.0], 0.9, "no"])
def test_classic_trains_whatever_betas_say(config: ps.Config, classic: ps.RunPlan, betas: Any) -> None:
    run = ps.simulate(config.edit({"BETAS": betas}), classic)
    assert run.crash is None
    assert run.curve.equals(ps.simulate(config, classic).curve)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "adam_onecycle", "adam_cosineanneal"])
@pytest.mark.parametrize("trainer", ["master", "classic"])
def test_epochs_as_a_float_crash_alike_however_many_iterations_are_asked_for(
    config: ps.Config, optimizer: str, trainer: str
) -> None:
    config = config.edit({"NUM_EPOCHS": 2.0, "OPTIMIZER": optimizer, "DECAY_STEP_LIST": [1], "WARMUP_ITER": 3})
    plan = ps.RunPlan(iters_per_epoch=10, trainer=trainer)
    drawn, whole = ps.simulate(config, plan), ps.simulate(config, plan, iterations="all")
    assert drawn.crash == whole.crash is not None
    assert (whole.total_iterations, len(whole.curve)) == (20, 20)
