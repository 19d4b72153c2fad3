"""What a value counts as to Python and to YAML 1.1, which values are odd, and which finding on a key has the say."""

from __future__ import annotations

from typing import Any

import pytest

import pcdet_sched as ps
from pcdet_sched.keys import KEYS
from pcdet_sched.zoo import families
from tests.samples import ALL_OPTIMIZERS as BLOCK

PLAN = ps.RunPlan(samples=3712, trainer="master")
CLASSIC = ps.RunPlan(samples=3712, trainer="classic")


def told(config: ps.Config, plan: ps.RunPlan = PLAN) -> list[tuple[str, str | None]]:
    report = ps.check(config, plan)
    return [(finding.code, finding.key) for finding in report.errors + report.warnings]


def written(key: str, raw: str) -> ps.Config:
    """The block with one line as it stands there."""
    lines = [line for line in BLOCK.splitlines() if not line.startswith(f"    {key}:")]
    return ps.load("\n".join([*lines, f"    {key}: {raw}", ""]))


@pytest.mark.parametrize(
    ("edits", "code"),
    [
        ({"MOMS": [True, 0.85]}, "moms-out-of-range"),
        ({"MOMS": [0.95, False]}, "bool-value"),
        ({"WEIGHT_DECAY": True}, "bool-value"),
        ({"DECAY_STEP_LIST": [True, 45]}, "bool-value"),
        ({"GRAD_NORM_CLIP": False}, "grad-clip-zero"),
        ({"GRAD_NORM_CLIP": True}, "bool-value"),
        ({"PCT_START": True}, "pct-start-too-high"),
        ({"USE_AMP": True, "LOSS_SCALE_FP16": True}, "bool-value"),
        ({"USE_AMP": True, "LOSS_SCALE_FP16": False}, "loss-scale-not-power-of-two"),
    ],
    ids=str,
)
def test_a_boolean_for_a_number_is_one_warning_that_says_what_it_counts_as(edits: dict[str, Any], code: str) -> None:
    report = ps.check(ps.load(BLOCK).edit(edits), PLAN)
    (warning,) = report.warnings
    assert (warning.code, warning.key) == (code, list(edits)[-1])
    assert "counts as" in warning.message
    assert report.ok


def test_torch_takes_True_as_a_loss_scale_of_1_and_refuses_text() -> None:
    import torch

    assert torch.full((), True, dtype=torch.float32).item() == 1.0
    with pytest.raises(TypeError):
        torch.full((), "8", dtype=torch.float32)


@pytest.mark.parametrize(
    ("edits", "code"),
    [
        ({"GRAD_NORM_CLIP": "0"}, "grad-clip-zero"),
        ({"GRAD_NORM_CLIP": "-1"}, "grad-clip-negative"),
        ({"GRAD_NORM_CLIP": "10"}, "text-value"),
        ({"USE_AMP": True, "LOSS_SCALE_FP16": "8"}, "loss-scale-not-a-number"),
    ],
    ids=str,
)
def test_text_for_a_number_has_one_fix_after_which_nothing_is_left(edits: dict[str, Any], code: str) -> None:
    config = ps.load(BLOCK).edit(edits)
    (warning,) = ps.check(config, PLAN).warnings
    assert warning.code == code
    assert told(config.edit(warning.fix or {})) == []


@pytest.mark.parametrize(
    ("optimizer", "edits"),
    [
        ("sgd", {"MOMENTUM": 1.5}),
        ("sgd", {"MOMENTUM": 1}),
        ("adam", {"LR_DECAY": 2.0}),
        ("sgd", {"LR_DECAY": -0.1}),
        ("adam", {"LR_CLIP": -1.0}),
        ("adam_onecycle", {"LR": 5}),
        ("adam_onecycle", {"WEIGHT_DECAY": 1.5}),
        ("adam_onecycle", {"MOMS": [float("nan"), 0.85]}),
        ("adam_onecycle", {"USE_AMP": True, "LOSS_SCALE_FP16": 0.5}),
    ],
)
def test_a_number_in_use_outside_of_its_range_is_one_warning_with_the_range(
    optimizer: str, edits: dict[str, Any]
) -> None:
    key = list(edits)[-1]
    report = ps.check(ps.load(BLOCK).edit({"OPTIMIZER": optimizer, **edits}), CLASSIC)
    assert [(f.code, f.key) for f in report.errors + report.warnings] == [("unusual-value", key)]
    assert KEYS[key].range_text in report.warnings[0].message


@pytest.mark.parametrize(
    ("edits", "plan", "codes"),
    [
        ({"MOMENTUM": 1.5, "LR_DECAY": 2.0, "LOSS_SCALE_FP16": 0.5}, PLAN, set()),
        ({"BATCH_SIZE_PER_GPU": 0}, ps.RunPlan(samples=3712, batch_size=4), set()),
        ({"NUM_EPOCHS": 0}, ps.RunPlan(samples=3712, epochs=80), set()),
        ({"NUM_EPOCHS": 0}, PLAN, {"trains-nothing"}),
        ({"LR": -0.003}, PLAN, {"lr-negative"}),
        ({"LR": float("inf")}, PLAN, {"lr-not-finite"}),
        ({"MOMS": [1.5, 0.85]}, PLAN, {"moms-out-of-range"}),
        ({"OPTIMIZER": "adamW", "LR": 5}, PLAN, {"unknown-optimizer"}),
    ],
)
def test_an_odd_number_is_not_told_where_it_is_not_used_or_another_finding_says_more(
    edits: dict[str, Any], plan: ps.RunPlan, codes: set[str]
) -> None:
    assert {code for code, _ in told(ps.load(BLOCK).edit(edits), plan)} == codes


@pytest.mark.parametrize(
    ("key", "raw", "reads", "fix"),
    [
        ("NUM_EPOCHS", "1:30", "90", None),
        ("NUM_EPOCHS", "1_0", "10", None),
        ("NUM_EPOCHS", "010", "8", {"NUM_EPOCHS": 10}),
        ("BATCH_SIZE_PER_GPU", "&size 010", "8", {"BATCH_SIZE_PER_GPU": 10}),
        ("DIV_FACTOR", "1:00.5", "60.5", None),
        ("DECAY_STEP_LIST", "[35, 045]", "37", None),
        ("WARMUP_ITER", "1_00", "100", None),
    ],
)
def test_a_number_that_yaml_reads_as_another_is_told_with_what_the_trainer_gets(
    key: str, raw: str, reads: str, fix: Any
) -> None:
    config = written(key, raw)
    (warning,) = ps.check(config, PLAN).warnings
    assert (warning.code, warning.key, warning.fix) == ("number-misread", key, fix)
    assert f"is {reads} to" in warning.message
    assert config.text.splitlines()[(warning.line or 0) - 1].startswith(f"    {key}:")
    assert told(config.edit({key: KEYS[key].default})) == []


@pytest.mark.parametrize(
    "raw", ["07", "0", "1_000", "0x50", "0b1010000", "+80", "80.0e+00", "80.", "'010'", "!!int '80'"]
)
def test_a_number_that_reads_as_it_stands_is_no_warning_of_that_kind(raw: str) -> None:
    assert "number-misread" not in {code for code, _ in told(written("WARMUP_ITER", raw))}


def test_a_misread_number_is_told_beside_an_error_on_its_key() -> None:
    assert told(written("NUM_EPOCHS", "1:30.5")) == [("wrong-type", "NUM_EPOCHS"), ("number-misread", "NUM_EPOCHS")]


@pytest.mark.parametrize(
    ("key", "value"), [("PCT_START", 1e308), ("MOMS", [1.5]), ("LR", "1e-3"), ("DECAY_STEP_LIST", [True, None])]
)
def test_an_error_on_a_key_leaves_no_warning_on_its_value(key: str, value: Any) -> None:
    assert [name for _, name in told(ps.load(BLOCK).edit({key: value}))] == [key]


LAST = ps.RunPlan(samples=3713)


@pytest.mark.parametrize("edits", [{}, {"LR": 0.01}, {"NUM_EPOCHS": 40, "BATCH_SIZE_PER_GPU": 2}], ids=str)
def test_a_last_batch_of_one_is_told_by_the_kind_of_file_whatever_its_values(edits: dict[str, Any]) -> None:
    shipped = families()["KITTI"][0].to_yaml()
    found = ("last-batch-of-one", "BATCH_SIZE_PER_GPU")
    files = {
        shipped: [],
        BLOCK: [found],
        "MODEL: {VFE: {}}\n" + BLOCK: [],
        "MODEL: {NAME: MLP}\n" + BLOCK: [found],
    }
    for text, expected in files.items():
        edited = ps.load(text).edit(edits)
        assert told(edited, LAST) == expected
        assert told(ps.load(edited.to_yaml()), LAST) == expected


@pytest.mark.parametrize(
    ("written_as", "plan", "code", "fix"),
    [
        ("Adam", PLAN, "unknown-optimizer", "adam_onecycle"),
        ("Adam", CLASSIC, "unknown-optimizer", "adam"),
        ("SGD", PLAN, "unknown-optimizer", None),
        ("AdamCosineAnneal", PLAN, "unknown-optimizer", "adam_cosineanneal"),
        ("AdamCosineAnneal", CLASSIC, "unknown-optimizer", "adam_onecycle"),
        ("null", PLAN, "unknown-optimizer", "adam_onecycle"),
        ("''", CLASSIC, "unknown-optimizer", "adam_onecycle"),
        ("[adam]", PLAN, "unknown-optimizer", None),
    ],
)
def test_a_misspelt_optimizer_is_one_error_whose_fix_trains_on_the_release(
    written_as: str, plan: ps.RunPlan, code: str, fix: str | None
) -> None:
    config = written("OPTIMIZER", written_as)
    (error,) = ps.check(config, plan).errors
    assert (error.code, (error.fix or {}).get("OPTIMIZER")) == (code, fix)
    if error.fix:
        assert ps.check(config.edit(error.fix), plan).ok


@pytest.mark.parametrize(
    ("raw", "says", "silent"),
    [
        ("", "`OPTIMIZER` is empty", "fork"),
        ("[adam]", "unknown to OpenPCDet,", "fork"),
        ("AdamW", "a fork may know it", "empty"),
        ("Adam", "cannot train on master either", "empty"),
    ],
)
def test_what_is_wrong_with_an_optimizer_is_named(raw: str, says: str, silent: str) -> None:
    (error,) = ps.check(written("OPTIMIZER", raw), PLAN).errors
    assert says in error.message
    assert silent not in error.message


@pytest.mark.parametrize(
    ("steps", "epochs", "fix"),
    [
        ([80, 90], 80, [64, 72]),
        ([120, 160, 180], 80, [48, 64, 72]),
        ([90.5], 80, [72]),
        ([80, 81], 3, [2]),
        ([35, 45], 2, [1]),
        ([10**30], 10**9, [9 * 10**8]),
        ([35, 45], 1, None),
    ],
)
def test_decay_steps_beyond_the_run_are_scaled_to_whole_epochs_within_it(
    steps: list[float], epochs: int, fix: list[int] | None
) -> None:
    config = ps.load(BLOCK).edit({"OPTIMIZER": "adam", "NUM_EPOCHS": epochs, "DECAY_STEP_LIST": steps})
    (warning,) = ps.check(config, CLASSIC).warnings
    assert (warning.code, warning.fix) == ("decay-never-reached", {"DECAY_STEP_LIST": fix} if fix else None)
    if fix:
        report = ps.check(config.edit(warning.fix or {}), CLASSIC)
        assert {finding.code for finding in report.findings} == {"keys-not-read"}


def test_an_LR_of_0_has_a_fix_that_ends_it() -> None:
    config = ps.load(BLOCK).edit({"LR": 0})
    (warning,) = ps.check(config, PLAN).warnings
    assert (warning.code, warning.fix) == ("lr-zero", {"LR": 0.003})
    assert told(config.edit(warning.fix or {})) == []
