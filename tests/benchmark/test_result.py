"""The result's JSON and CSV, and the sentences that read it."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pcdet_sched.benchmark.result import COLUMNS, Anomaly, BenchmarkResult, BenchmarkRun, Readings, summarise
from pcdet_sched.benchmark.sentences import labels, said_of
from pcdet_sched.benchmark.serialise import from_json, to_csv, to_json
from pcdet_sched.benchmark.variant import BenchmarkError, Description, Spike, Variant


def made(variant=None, *, norms, skipped=None, anomaly=None, underflow=None, epochs=2):
    """A run with these gradient norms, all else made up."""
    variant = variant or Variant(clip=10.0)
    count = len(norms)
    skipped = skipped or (False,) * count
    limit = variant.clip or math.inf
    factors = tuple(1.0 if n <= limit else limit / n for n in norms)
    readings = Readings(
        tuple(range(count)),
        lr=(0.003,) * count,
        momentum=(0.9,) * count,
        loss=tuple(map(float, norms)),
        grad_norm=tuple(norms),
        grad_norm_clipped=tuple(n * f if math.isfinite(n) else math.nan for n, f in zip(norms, factors, strict=True)),
        clip_factor=factors,
        loss_scale=(variant.loss_scale,) * count,
        skipped=tuple(skipped),
        underflow=(underflow,) * count,
        step_time=(0.01,) * count,
    )
    description = Description(variant, iterations=max(count, epochs), epochs=epochs)
    return BenchmarkRun(description, "cpu", "2.13.0", readings, summarise(readings, anomaly, 5))


numbers = some.floats(width=32)


@given(some.lists(numbers, min_size=1, max_size=8), some.none() | some.floats(0, 1))
def test_a_result_survives_json_with_nan_and_inf(norms, underflow):
    result = BenchmarkResult((made(norms=norms, underflow=underflow, anomaly=Anomaly(0, "the loss")),))
    text = to_json(result)
    json.loads(text, parse_constant=pytest.fail)
    assert repr(from_json(text)) == repr(result)  # as text, since nan is not equal to nan


def test_the_json_holds_version_device_torch_and_of_each_run_variant_summary_and_lists():
    values = json.loads(to_json(BenchmarkResult((made(norms=[1.0, 2.0]),))))
    assert (values["version"], values["device"], values["torch_version"]) == (1, "cpu", "2.13.0")
    run = values["runs"][0]
    assert run["variant"]["clip"] == 10.0
    assert run["summary"]["iterations"] == 2
    assert list(run["iterations"]) == list(COLUMNS)
    assert all(len(column) == 2 for column in run["iterations"].values())


def damaged(change):
    values = json.loads(to_json(BenchmarkResult((made(norms=[1.0, 2.0]),))))
    change(values)
    return json.dumps(values)


RUN = ["runs", 0]


def at(values, path):
    for step in path:
        values = values[step]
    return values


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["format"], "other"),
        (["version"], 2),
        (["runs"], {}),
        (["runs", 0], 7),
        ([*RUN, "variant"], None),
        ([*RUN, "variant", "precision"], "fp8"),
        ([*RUN, "variant", "surprise"], 1),
        ([*RUN, "variant", "optimization"], []),
        ([*RUN, "variant", "spikes"], [[1]]),
        ([*RUN, "conditions", "iterations"], -1),
        ([*RUN, "conditions", "device"], "<img src=x>"),
        ([*RUN, "device"], 5),
        ([*RUN, "device"], "x" * 1000),
        ([*RUN, "stopped"], "no"),
        ([*RUN, "summary"], []),
        ([*RUN, "summary", "first_non_finite"], {"iteration": 1}),
        ([*RUN, "summary", "peak_memory"], -1),
        ([*RUN, "iterations", "loss"], [1.0]),
        ([*RUN, "iterations", "loss"], [1.0, None]),
        ([*RUN, "iterations", "loss"], [1.0, "Infinity"]),
        ([*RUN, "iterations", "loss"], {"0": 1}),
        ([*RUN, "iterations", "iteration"], [0, 1.5]),
        ([*RUN, "iterations", "skipped"], [0, 1]),
        ([*RUN, "iterations", "lr"], [10**400, 1]),
    ],
)
def test_each_damage_to_the_json_is_one_error(path, value):
    def change(values):
        at(values, path[:-1])[path[-1]] = value

    with pytest.raises(BenchmarkError):
        from_json(damaged(change))


@pytest.mark.parametrize("path", [["runs"], [*RUN, "variant"], [*RUN, "iterations"], [*RUN, "iterations", "lr"]])
def test_a_part_that_is_missing_is_one_error(path):
    with pytest.raises(BenchmarkError):
        from_json(damaged(lambda values: at(values, path[:-1]).pop(path[-1])))


@pytest.mark.parametrize("text", ["", "{", "NaN", "null", "[]", '{"format": NaN}', "[" * 100_000, b"\xff\xfe"])
def test_what_is_no_result_is_one_error(text):
    with pytest.raises(BenchmarkError):
        from_json(text)


@given(some.text(max_size=60) | some.binary(max_size=60))
def test_noise_is_one_error(text):
    with pytest.raises(BenchmarkError):
        from_json(text)


def test_the_csv_has_a_row_per_run_and_iteration():
    rows = list(csv.DictReader(io.StringIO(to_csv(BenchmarkResult((made(norms=[1.0, 2.0]), made(norms=[3.0])))))))
    assert [(row["run"], row["iteration"], row["grad_norm"]) for row in rows] == [
        ("1", "0", "1.0"),
        ("1", "1", "2.0"),
        ("2", "0", "3.0"),
    ]


def test_readings_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="differ in length"):
        Readings((0, 1), (0.1,))


def test_a_skipped_step_is_not_counted_as_clipped():
    run = made(norms=[math.inf, 20.0, 5.0], skipped=[True, False, False])
    assert (run.summary.clipped_share, run.summary.last_clipped, run.summary.skipped_steps) == (0.5, 1, 1)


def said(run):
    return " ".join(said_of(run))


@pytest.mark.parametrize(
    ("norms", "words"),
    [
        ([5.0] * 100, "cuts no step; the largest norm is 5"),
        ([50.0] * 3 + [5.0] * 97, "cuts 3% of the steps, all in the first 3"),
        ([50.0] * 98 + [5.0] * 2, "cuts 98% of the steps: it sets the step size"),
        ([5.0, 50.0] * 50, "cuts 50% of the steps, the last at iteration 99"),
        ([50.0] + [5.0] * 199, "cuts under 1% of the steps, all in the first 1"),
    ],
)
def test_the_sentence_on_clipping(norms, words):
    assert words in said(made(norms=norms))


def test_the_sentence_on_lost_weights_names_the_origin():
    run = made(norms=[1.0, math.nan], anomaly=Anomaly(1, "the scene"))
    assert "lost from iteration 1 on: the scene is not finite at iteration 1" in said(run)
    assert "cuts" not in said(run)


def test_the_sentence_on_skipped_steps_counts_the_epochs_of_a_scaler_that_is_rebuilt():
    skipped = [True, True, False, False] * 2
    half = Variant(precision="fp16", loss_scale=65536.0)
    run = made(half, norms=[1.0] * 8, skipped=skipped, underflow=0.0)
    assert "4 steps are skipped, in 2 epochs because each begins with a new scaler" in said(run)
    spiked = Variant(precision="fp16", spikes=(Spike(1, math.inf), Spike(5, math.inf)))
    assert "2 steps are skipped; " in said(made(spiked, norms=[1.0] * 8, skipped=[False, True, False, False] * 2))
    kept = made(Variant(precision="fp16", keep_scaler=True), norms=[1.0] * 8, skipped=skipped)
    assert "because" not in said(kept)


def test_the_sentence_on_underflow():
    half = Variant(precision="fp16", loss_scale=1.0)
    assert "12.00% of the gradient entries underflow" in said(made(half, norms=[1.0], underflow=0.12, epochs=1))
    assert "next to nothing" in said(made(half, norms=[1.0], underflow=1e-6, epochs=1))
    assert "no gradient entry underflows" in said(made(half, norms=[1.0], underflow=0.0, epochs=1))


def test_a_run_without_iterations_says_nothing():
    assert not said(made(norms=[]))


def test_labels_tell_what_differs_and_nothing_else():
    assert labels([Variant(), Variant(precision="fp16")]) == ("fp32", "fp16")
    assert labels([Variant(precision="fp16", loss_scale=s) for s in (32.0, 2.0**24)]) == (
        "loss scale 32",
        "loss scale 16,777,216",
    )
    assert labels([Variant(), Variant()]) == ("fp32 (1)", "fp32 (2)")
    assert labels([Variant(optimization={"LR": lr}) for lr in (0.1, 0.2)]) == ("LR 0.1", "LR 0.2")


def test_a_norm_that_overflows_over_finite_gradients_loses_no_weights():
    """Clipping then makes the gradients 0, which is finite."""
    one = Readings((0,), (1,), (1,), (2.0,), (math.inf,), (0.0,), (0.0,), (1,), (False,), (None,), (0.1,))
    assert summarise(one, None, 0).weights_lost is None
    assert summarise(replace(one, grad_norm_clipped=(math.nan,)), None, 0).weights_lost == 0
