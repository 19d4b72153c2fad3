"""A block that trains without a word, and what is said when one thing in it is changed."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.findings import CODES
from pcdet_sched.keys import KEYS
from tests.samples import ALL_OPTIMIZERS

PLAN = ps.RunPlan(samples=3712, trainer="master")
CLASSIC = ps.RunPlan(samples=3712, trainer="classic")
STEPS: dict[str, Any] = {"OPTIMIZER": "adam"}
ANNEAL: dict[str, Any] = {"OPTIMIZER": "adam_cosineanneal"}


def text_with(key: str, raw: str) -> str:
    """The block with one line as it is written there; an absent key is added."""
    lines = [line for line in ALL_OPTIMIZERS.splitlines() if not line.startswith(f"    {key}:")]
    return "\n".join([*lines, f"    {key}: {raw}", ""])


def codes(report: ps.Report) -> set[str]:
    return {finding.code for finding in report.errors + report.warnings}


def test_the_valid_block_has_no_error_and_no_warning() -> None:
    report = ps.check(ps.load(ALL_OPTIMIZERS), PLAN)
    assert codes(report) == set()
    assert report.ok
    assert report.verdict == "Trains on master."


ERRORS = [
    ("LR", "1e-3", "text-for-number", {"LR": 0.001}),
    ("LR", "'0.002'", "text-for-number", {"LR": 0.002}),
    ("LR", "0,002", "text-for-number", {"LR": 0.002}),
    ("LR", "", "wrong-type", {"LR": 0.003}),
    ("PCT_START", "0", "refused-value", {"PCT_START": 0.4}),
    ("PCT_START", ".inf", "refused-value", {"PCT_START": 0.4}),
    ("DIV_FACTOR", "0", "refused-value", {"DIV_FACTOR": 10}),
    ("BATCH_SIZE_PER_GPU", "4.0", "wrong-type", {"BATCH_SIZE_PER_GPU": 4}),
    ("BATCH_SIZE_PER_GPU", "-1", "refused-value", {"BATCH_SIZE_PER_GPU": 4}),
    ("NUM_EPOCHS", "30.0", "wrong-type", {"NUM_EPOCHS": 30}),
    ("NUM_EPOCHS", "'30'", "text-for-number", {"NUM_EPOCHS": 30}),
    ("MOMS", "[0.9]", "wrong-length", {"MOMS": [0.95, 0.85]}),
    ("MOMS", "0.9", "wrong-type", {"MOMS": [0.95, 0.85]}),
    ("BETAS", "[0.9]", "wrong-length", {"BETAS": [0.9, 0.99]}),
    ("BETAS", "[0.9, 1.0]", "refused-value", {"BETAS": [0.9, 0.99]}),
    ("DECAY_STEP_LIST", "35", "wrong-type", {"DECAY_STEP_LIST": [35, 45]}),
    ("WEIGHT_DECAY", "1e-2", "text-for-number", {"WEIGHT_DECAY": 0.01}),
    ("GRAD_NORM_CLIP", "null", "wrong-type", {"GRAD_NORM_CLIP": 10}),
    ("USE_AMP", "null", "wrong-type", {"USE_AMP": False}),
    ("OPTIMIZER", "Adam_OneCycle", "unknown-optimizer", {"OPTIMIZER": "adam_onecycle"}),
    ("OPTIMIZER", "adamW", "unknown-optimizer", None),
    ("OPTIMIZER", "adamW_onecycle", "unknown-optimizer", None),
    ("OPTIMIZER", "sgd", "step-decay-on-master", None),
    ("OPTIMIZER", "adam", "step-decay-on-master", {"OPTIMIZER": "adam_onecycle"}),
]


@pytest.mark.parametrize(("key", "raw", "code", "fix"), ERRORS, ids=[f"{k} {r}" for k, r, _, _ in ERRORS])
def test_a_broken_key_is_one_error_at_its_line_with_its_fix(key: str, raw: str, code: str, fix: Any) -> None:
    text = text_with(key, raw)
    config = ps.load(text)
    (error,) = ps.check(config, PLAN).errors
    assert (error.code, error.key, error.fix) == (code, key, fix)
    assert text.splitlines()[error.line - 1].startswith(f"    {key}:")
    assert error.column == 5
    assert key in error.message
    if fix is not None:
        assert ps.check(config.edit(fix), PLAN).ok


@pytest.mark.parametrize("key", [name for name in KEYS if name not in ("BETAS", "LOSS_SCALE_FP16", "USE_AMP")])
def test_an_absent_key_is_an_error_only_where_the_dry_run_stops(key: str) -> None:
    config = ps.load("\n".join(line for line in ALL_OPTIMIZERS.splitlines() if not line.startswith(f"    {key}:")))
    report = ps.check(config, PLAN)
    read = {"BATCH_SIZE_PER_GPU", "NUM_EPOCHS", "OPTIMIZER", "LR", "WEIGHT_DECAY", "MOMS", "PCT_START", "DIV_FACTOR"}
    read |= {"DECAY_STEP_LIST", "GRAD_NORM_CLIP"}
    assert [error.code for error in report.errors] == (["missing-key"] if key in read else [])
    for error in report.errors:
        assert error.key == key
        assert error.line == 1
        assert ps.check(config.edit(error.fix or {}), PLAN).ok


def test_all_causes_are_told_at_once_each_in_its_line() -> None:
    text = ALL_OPTIMIZERS.replace("LR: 0.003", "LR: 3e-3").replace("DIV_FACTOR: 10", "DIV_FACTOR: '10'")
    config = ps.load(text.replace("GRAD_NORM_CLIP", "GRAD_NORM_CLIPP").replace("NUM_EPOCHS: 80", "NUM_EPOCHS: 80.0"))
    errors = ps.check(config, PLAN).errors
    assert [(error.key, error.line) for error in errors] == [
        ("GRAD_NORM_CLIP", 1),
        ("NUM_EPOCHS", 3),
        ("LR", 5),
        ("DIV_FACTOR", 9),
    ]
    for error in errors:
        config = config.edit(error.fix or {})
    assert ps.check(config, PLAN).ok
    assert config.optimization["GRAD_NORM_CLIP"] == 10
    assert "GRAD_NORM_CLIPP" not in config.optimization


def test_a_short_run_is_explained_by_its_numbers_and_the_fix_gives_the_rise_an_iteration() -> None:
    config, plan = ps.load(ALL_OPTIMIZERS), ps.RunPlan(samples=4, epochs=2)
    (error,) = ps.check(config, plan).errors
    assert (error.code, error.fix) == ("run-too-short", {"PCT_START": 0.5})
    assert "0.4 × 2" in error.message
    assert ps.check(config.edit(error.fix), plan).ok


def test_the_command_lines_own_faults_have_no_key() -> None:
    (error,) = ps.check(ps.load(ALL_OPTIMIZERS), ps.RunPlan(samples=3712, gpus=3, batch_size=8)).errors
    assert (error.code, error.key, error.fix) == ("batch-size-not-divisible", None, None)
    plan = ps.RunPlan(samples=4, merge_all_iters_to_one_epoch=True, gpus=8)
    (error,) = ps.check(ps.load(ALL_OPTIMIZERS), plan).errors
    assert (error.code, error.key) == ("merge-no-iterations", None)


def test_a_key_that_is_no_text_is_told_wherever_it_stands() -> None:
    (error,) = ps.check(ps.load("DATA: {on: 1}\n" + ALL_OPTIMIZERS), PLAN).errors
    assert error.code == "key-not-text"
    assert "`True`" in error.message


def test_lr_warmup_stops_both_releases() -> None:
    config = ps.load(ALL_OPTIMIZERS).edit({**STEPS, "LR_WARMUP": True})
    for plan in (PLAN, CLASSIC):
        error = next(error for error in ps.check(config, plan).errors if error.key == "LR_WARMUP")
        assert (error.code, error.fix) == ("cosine-warm-up", {"LR_WARMUP": False})


WARNINGS: list[tuple[dict[str, Any], ps.RunPlan, str, str]] = [
    ({"PCT_START": 1.0}, PLAN, "pct-start-too-high", "PCT_START"),
    ({"PCT_START": 40}, PLAN, "pct-start-too-high", "PCT_START"),
    ({"DIV_FACTOR": 0.5}, PLAN, "starts-above-peak", "DIV_FACTOR"),
    ({"MOMS": [0.85, 0.95]}, PLAN, "moms-reversed", "MOMS"),
    ({"MOMS": [1.5, 0.85]}, PLAN, "moms-out-of-range", "MOMS"),
    ({"MOMS": [0.95, -0.1]}, PLAN, "moms-out-of-range", "MOMS"),
    ({**STEPS, "DECAY_STEP_LIST": [80, 90]}, CLASSIC, "decay-never-reached", "DECAY_STEP_LIST"),
    ({**STEPS, "LR_CLIP": 0.1}, CLASSIC, "clip-above-lr", "LR_CLIP"),
    ({**ANNEAL, "WARMUP_ITER": 80 * 928}, PLAN, "warm-up-longer-than-run", "WARMUP_ITER"),
    ({**ANNEAL, "WARMUP_ITER": 20 * 928}, PLAN, "lr-jump", "WARMUP_ITER"),
    ({**ANNEAL, "WARMUP_ITER": 928, "NUM_EPOCHS": 2}, PLAN, "lr-jump", "WARMUP_ITER"),
    ({"GRAD_NORM_CLIP": 0}, PLAN, "grad-clip-zero", "GRAD_NORM_CLIP"),
    ({"GRAD_NORM_CLIP": "0"}, PLAN, "grad-clip-zero", "GRAD_NORM_CLIP"),
    ({"GRAD_NORM_CLIP": -1.5}, PLAN, "grad-clip-negative", "GRAD_NORM_CLIP"),
    ({"GRAD_NORM_CLIP": math.nan}, PLAN, "grad-clip-nan", "GRAD_NORM_CLIP"),
    ({"GRAD_NORM_CLIP": "10"}, PLAN, "text-value", "GRAD_NORM_CLIP"),
    ({"LR_CLIP": "1e-07"}, PLAN, "text-value", "LR_CLIP"),
    ({"WEIGHT_DECAY": True}, PLAN, "bool-value", "WEIGHT_DECAY"),
    ({"WEIGHT_DECAY": -0.01}, PLAN, "weight-decay-negative", "WEIGHT_DECAY"),
    ({"LR": -0.003}, PLAN, "lr-negative", "LR"),
    ({"DIV_FACTOR": -10}, PLAN, "lr-negative", "DIV_FACTOR"),
    ({"LR": 0}, PLAN, "lr-zero", "LR"),
    ({"LR": math.nan}, PLAN, "lr-not-finite", "LR"),
    ({"NUM_EPOCHS": 0}, PLAN, "trains-nothing", "NUM_EPOCHS"),
    ({"USE_AMP": True, "LOSS_SCALE_FP16": 1000}, PLAN, "loss-scale-not-power-of-two", "LOSS_SCALE_FP16"),
    ({"USE_AMP": True, "LOSS_SCALE_FP16": "1e3"}, PLAN, "loss-scale-not-a-number", "LOSS_SCALE_FP16"),
    ({"USE_AMP": "True"}, PLAN, "amp-not-bool", "USE_AMP"),
    ({"PCT_STRAT": 0.3}, PLAN, "misspelt-key", "PCT_STRAT"),
    ({"betas": [0.9, 0.99]}, PLAN, "misspelt-key", "betas"),
    ({}, ps.RunPlan(samples=3713), "last-batch-of-one", "BATCH_SIZE_PER_GPU"),
    ({}, ps.RunPlan(samples=3713, gpus=8), "last-batch-of-one", "BATCH_SIZE_PER_GPU"),  # 465 each, one of them repeated
]


@pytest.mark.parametrize(("edits", "plan", "code", "key"), WARNINGS, ids=[f"{w[2]} {w[0]}" for w in WARNINGS])
def test_a_doubtful_value_is_that_one_warning_and_its_fix_ends_it(
    edits: dict[str, Any], plan: ps.RunPlan, code: str, key: str
) -> None:
    config = ps.load(ALL_OPTIMIZERS).edit(edits)
    report = ps.check(config, plan)
    assert report.ok
    found = [warning for warning in report.warnings if warning.code == code]
    assert [warning.key for warning in found] == [key]
    if found[0].fix is not None:
        assert code not in codes(ps.check(config.edit(found[0].fix), plan))


@pytest.mark.parametrize(
    ("edits", "plan", "fix"),
    [
        ({"PCT_START": 40}, PLAN, {"PCT_START": 0.4}),
        ({"DIV_FACTOR": 0.5}, PLAN, {"DIV_FACTOR": 2.0}),
        ({"DIV_FACTOR": 0.3}, PLAN, {"DIV_FACTOR": 10}),
        ({**STEPS, "DECAY_STEP_LIST": [80, 90]}, CLASSIC, {"DECAY_STEP_LIST": [64, 72]}),
        ({"USE_AMP": True, "LOSS_SCALE_FP16": 1000}, PLAN, {"LOSS_SCALE_FP16": 1024.0}),
        ({"USE_AMP": True, "LOSS_SCALE_FP16": 0.3}, PLAN, {"LOSS_SCALE_FP16": 1.0}),
        ({"USE_AMP": True, "LOSS_SCALE_FP16": 3e6}, PLAN, {"LOSS_SCALE_FP16": 2.0**22}),
        ({"USE_AMP": True, "LOSS_SCALE_FP16": 1e12}, PLAN, {"LOSS_SCALE_FP16": 2.0**24}),
    ],
)
def test_a_fix_stays_near_what_was_written(edits: dict[str, Any], plan: ps.RunPlan, fix: dict[str, Any]) -> None:
    warnings = ps.check(ps.load(ALL_OPTIMIZERS).edit(edits), plan).warnings
    assert [found.fix for found in warnings if found.key == list(edits)[-1]] == [fix]


@pytest.mark.parametrize(
    ("edits", "plan"),
    [
        ({"DECAY_STEP_LIST": [90, 95]}, PLAN),
        ({**STEPS, "DECAY_STEP_LIST": [79]}, CLASSIC),
        ({"LR_CLIP": 0.1}, PLAN),
        ({**ANNEAL, "WARMUP_ITER": 900}, PLAN),
        ({**ANNEAL, "WARMUP_ITER": 1}, PLAN),
        ({**ANNEAL, "WARMUP_ITER": 5}, PLAN),
        ({"LOSS_SCALE_FP16": 1000}, PLAN),
        ({"USE_AMP": True, "LOSS_SCALE_FP16": 32.0}, PLAN),
        ({"TEST_BATCH_SIZE_PER_GPU": 2, "SCHEDULER": "x", "LR_DECAY_EPOCHS": 3}, PLAN),
        ({"BATCH_SIZE_PER_GPU": 1}, ps.RunPlan(samples=3713)),
        ({"PCT_START": 0.999}, PLAN),
    ],
)
def test_what_is_not_in_use_or_just_inside_its_bound_is_no_warning(edits: dict[str, Any], plan: ps.RunPlan) -> None:
    assert codes(ps.check(ps.load(ALL_OPTIMIZERS).edit(edits), plan)) == set()


def test_the_merge_flag_is_told_with_its_share() -> None:
    plan = ps.RunPlan(samples=3712, merge_all_iters_to_one_epoch=True)
    (warning,) = ps.check(ps.load(ALL_OPTIMIZERS), plan).warnings
    assert warning.code == "merge-flag"
    assert "1.25%" in warning.message


def test_the_cosine_warm_up_as_meant_is_looked_at_for_its_jump() -> None:
    edits = {**STEPS, "LR_WARMUP": True, "WARMUP_EPOCH": 40}
    assert "lr-jump" in codes(ps.check(ps.load(ALL_OPTIMIZERS).edit(edits), CLASSIC))
    assert "lr-jump" not in codes(ps.check(ps.load(ALL_OPTIMIZERS).edit({**edits, "WARMUP_EPOCH": 5}), CLASSIC))
    longer = {**edits, "WARMUP_EPOCH": 100, "DECAY_STEP_LIST": [30]}
    assert "peak-never-reached" in codes(ps.check(ps.load(ALL_OPTIMIZERS).edit(longer), CLASSIC))


def test_a_repeated_key_is_told_at_the_line_that_wins() -> None:
    text = ALL_OPTIMIZERS + "    LR: 0.01\nDATA: {A: 1, A: 2}\n"
    own, other = (w for w in ps.check(ps.load(text), PLAN).warnings if w.code == "repeated-key")
    assert (own.key, own.line) == ("LR", 18)
    assert "`0.01`" in own.message
    assert other.key is None
    assert "DATA.A" in other.message


def test_the_verdict_names_the_place_the_cause_and_the_key() -> None:
    assert ps.check(ps.load(ALL_OPTIMIZERS).edit({"OPTIMIZER": "sgd"}), PLAN).verdict == (
        "Stops at iteration 0 on master: adam and sgd cannot train on master (OPTIMIZER)."
    )
    broken = ps.check(ps.load(ALL_OPTIMIZERS).edit({"GRAD_NORM_CLIP": "x", "PCT_START": 0}), CLASSIC)
    assert [error.key for error in broken.errors] == ["PCT_START", "GRAD_NORM_CLIP"]
    assert broken.cause is not None
    assert broken.cause.key == "PCT_START"
    assert broken.verdict.startswith("Stops in stage build_scheduler, before the first iteration, on classic: ")


def test_a_warm_up_that_ends_a_step_short_of_LR_is_not_told_twice() -> None:
    report = ps.check(ps.load(ALL_OPTIMIZERS).edit({**ANNEAL, "WARMUP_ITER": 20 * 928}), PLAN)
    assert codes(report) == {"lr-jump"}


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"WARMUP_ITER": "500"}, "text where a whole number is meant"),
        ({"LR_DECAY": "x"}, "text where a number is meant"),
    ],
)
def test_text_for_a_number_names_the_type_that_is_meant(edits: dict[str, Any], said: str) -> None:
    (warning,) = ps.check(ps.load(ALL_OPTIMIZERS).edit(edits), PLAN).warnings
    assert said in warning.message


@pytest.mark.parametrize("epochs", [2, 3, 80])
def test_the_fix_of_a_warm_up_that_is_too_long_leaves_no_warning(epochs: int) -> None:
    config = ps.load(ALL_OPTIMIZERS).edit({**ANNEAL, "NUM_EPOCHS": epochs, "WARMUP_ITER": 10**6})
    plan = ps.RunPlan(samples=3712, gpus=8)
    (warning,) = ps.check(config, plan).warnings
    assert warning.fix is not None
    assert codes(ps.check(config.edit(warning.fix), plan)) == set()


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({**STEPS, "LR": -0.1}, "Invalid learning rate: -0.1"),
        ({**STEPS, "LR": 0}, "divides LR_CLIP by zero"),
        ({"PCT_START": 0}, "fails an assertion"),
        ({"PCT_START": 1e308}, "cannot convert float infinity to integer"),
        ({"NUM_EPOCHS": 80.0}, "is a float where a whole number is needed"),
    ],
)
def test_an_error_gives_the_reason_of_its_own_exception(edits: dict[str, Any], said: str) -> None:
    (error,) = ps.check(ps.load(ALL_OPTIMIZERS).edit(edits), CLASSIC).errors
    assert said in error.message


def test_infos_say_what_has_no_effect_in_one_finding() -> None:
    infos = {info.code: info for info in ps.check(ps.load(ALL_OPTIMIZERS), PLAN).infos}
    assert set(infos) == {"keys-not-read", "valid-but-unused"}
    assert "WARMUP_ITER, LR_DECAY, LR_CLIP, LR_WARMUP, WARMUP_EPOCH" in infos["keys-not-read"].message


@pytest.mark.parametrize(
    ("edits", "plan", "code", "words"),
    [
        ({"USE_AMP": True}, PLAN, "loss-scale-ceiling", "never grows beyond 65536"),
        ({"USE_AMP": True}, ps.RunPlan(iters_per_epoch=2000), "loss-scale-ceiling", "never grows"),
        ({"USE_AMP": True}, ps.RunPlan(iters_per_epoch=4001), "loss-scale-ceiling", "to 262144 at most"),
        ({}, ps.RunPlan(samples=3712, gpus=8, batch_size=16), "batch-size-is-total", "so 2 per GPU"),
        ({"BETAS": [0.9, 0.999]}, PLAN, "first-beta-overwritten", "0.9"),
        ({**STEPS, "DECAY_STEP_LIST": [35, 85]}, CLASSIC, "decay-partly-reached", "never reached: 85"),
        ({"_BASE_CONFIG_": "a.yaml"}, PLAN, "base-config", "not opened"),
    ],
)
def test_what_is_good_to_know_is_said_with_its_number(
    edits: dict[str, Any], plan: ps.RunPlan, code: str, words: str
) -> None:
    infos = {info.code: info for info in ps.check(ps.load(ALL_OPTIMIZERS).edit(edits), plan).infos}
    assert words in infos[code].message


def test_a_nested_block_is_named() -> None:
    text = ALL_OPTIMIZERS.replace("OPTIMIZATION:", "OPTIMIZATION: {}\nOCC_OPTIMIZATION:")
    report = ps.check(ps.load(text, "OCC_OPTIMIZATION"), PLAN)
    assert report.ok
    assert "nested-block" in {info.code for info in report.infos}


def test_findings_come_by_severity_and_then_by_line() -> None:
    config = ps.load(text_with("MOMS", "[0.85, 0.95]") + "    GRAD_NORM_CLIP: -1\n    LR: 1e-3\n")
    findings = ps.check(config, PLAN).findings
    order = [("error", "warning", "info").index(finding.severity) for finding in findings]
    assert order == sorted(order)
    lines = [finding.line for finding in findings if finding.severity == "warning"]
    assert lines == sorted(lines)
    assert len(lines) > 2


HUGE = [{"NUM_EPOCHS": 10**30}, {"NUM_EPOCHS": 10**4200}, {"BATCH_SIZE_PER_GPU": 10**18}, {"LR": 10**400}]


@pytest.mark.parametrize(
    "edits", [*HUGE, {**STEPS, "DECAY_STEP_LIST": list(range(100_000))}], ids=lambda e: list(e)[-1]
)
def test_huge_numbers_are_answered_like_the_rest(edits: dict[str, Any]) -> None:
    for plan in (PLAN, CLASSIC):
        report = ps.check(ps.load(ALL_OPTIMIZERS).edit(edits), plan)
        assert bool(report.errors) != report.ok
        assert all(len(finding.message) < 500 for finding in report.findings)


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 100),
    st.integers(),
    st.floats(),
    st.sampled_from(["1e-3", "1e-07", "abc", "", "0.1", "1,0", "\x07", "adam", "sgd", "adam_cosineanneal", "adamW"]),
    st.lists(st.one_of(st.floats(), st.integers(-2, 90), st.text(max_size=3), st.none()), max_size=3),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)
PLANS = st.builds(
    ps.RunPlan,
    samples=st.integers(1, 400),
    gpus=st.integers(1, 8),
    batch_size=st.one_of(st.none(), st.integers(1, 64)),
    epochs=st.one_of(st.none(), st.integers(0, 90)),
    trainer=st.sampled_from(["master", "classic"]),
    merge_all_iters_to_one_epoch=st.booleans(),
    use_amp=st.booleans(),
    checkpoint=st.one_of(st.none(), st.builds(ps.Checkpoint, epoch=st.integers(0, 90), iteration=st.integers(0, 999))),
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from([*KEYS, "LRR", "_BASE_CONFIG_"]), VALUES, max_size=4), PLANS)
def test_no_block_and_no_plan_makes_the_check_raise(edits: dict[str, Any], plan: ps.RunPlan) -> None:
    report = ps.check(ps.load(ALL_OPTIMIZERS).edit(edits), plan)
    assert bool(report.errors) != report.ok
    for finding in report.findings:
        assert CODES[finding.code].severity == finding.severity
        assert finding.message.isprintable()
        assert finding.message.endswith((".", "?"))


@pytest.mark.parametrize("trainer", ["classic", "EmiyaNing/OpenPCDet"])
@pytest.mark.parametrize("raw", ["1e-7", "abc", "null", "[1]"])
def test_a_bad_LR_CLIP_is_to_blame_although_LR_WARMUP_stops_the_trainer_too(trainer: str, raw: str) -> None:
    config = ps.load(text_with("LR_CLIP", raw)).edit({"OPTIMIZER": "sgd", "LR_WARMUP": True})
    errors = ps.check(config, ps.RunPlan(samples=400, trainer=trainer)).errors
    assert {error.key for error in errors} == {"LR_CLIP"} | ({"LR_WARMUP"} if trainer == "classic" else set())
