"""What speaks against a variant, and the example that Benchmark opens with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pcdet_sched.benchmark.parse import PRESETS
from pcdet_sched.benchmark.sentences import conclusion, drawbacks, labels
from pcdet_sched.benchmark.serialise import from_json
from pcdet_sched.benchmark.variant import Description
from pcdet_sched.config import load
from pcdet_sched.examples import about, recorded
from pcdet_sched.zoo import FIRST, shipped


@pytest.fixture
def example():
    return from_json(recorded("benchmark.json")).runs


def test_the_example_opens_and_its_settings_are_todays_preset_and_defaults(example) -> None:
    block = load(shipped(*FIRST).to_yaml()).optimization
    variants = PRESETS["loss-scale"].variants(block, 200)
    assert [run.description for run in example] == [Description(variant) for variant in variants]
    assert all(len(run.readings) == 200 and not run.stopped for run in example)
    assert about("benchmark.json").startswith("Measured with `pcdet-sched bench pointpillar.yaml --preset loss-scale")


def test_the_conclusion_on_the_example(example) -> None:
    said = conclusion(example, labels([run.variant for run in example]))
    assert said.startswith("Loss scale 32 and loss scale 512: nothing speaks against them. ")
    assert "Loss scale 65,536 loses 7 of 200 steps, at each epoch's start" in said


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"weights_lost": 3}, "loss"),
        ({"skipped_steps": 1}, "skipped"),
        ({"underflow": 1e-4}, "underflow"),
        ({"clipped_share": 0.9}, "clipped"),
        ({"final_loss": 1e3}, "loss"),
        ({"final_loss": float("nan")}, "loss"),
        ({"seconds_per_iteration": 9.0}, "time"),
        ({"underflow": 0.99e-4, "clipped_share": 0.89}, None),
    ],
)
def test_a_cell_decides_from_its_bound_on(example, changes, column) -> None:
    good = example[1]
    other = replace(good, summary=replace(good.summary, **changes))
    assert list(drawbacks(other, [good, other])) == ([column] if column else [])
    assert drawbacks(good, [good, other]) == {}


def test_two_of_many_are_named_and_the_rest_counted(example) -> None:
    bad = example[2]
    said = conclusion([bad] * 4, list("abcd"))
    assert said.count("loses 7 of 200") == 2
    assert said.endswith("The table says what speaks against the other 2.")
    assert conclusion([], []) == ""


def test_a_run_clipped_just_as_often_as_nearly_always_is_told(example) -> None:
    run = example[0]
    shares = (0.9, 0.9 - 1e-9)
    often = [replace(run, summary=replace(run.summary, clipped_share=share)) for share in shares]
    assert ["clipped" in drawbacks(each, example) for each in often] == [True, False]
