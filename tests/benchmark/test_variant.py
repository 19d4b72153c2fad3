"""Variants, descriptions and their text: what is allowed, and that it reads back."""

from __future__ import annotations

import json
import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pcdet_sched.benchmark.parse import PRESETS, format_variant, parse_variant
from pcdet_sched.benchmark.serialise import CODEC
from pcdet_sched.benchmark.variant import BenchmarkError, Description, Spike, Variant, check_limits, compressed_block
from pcdet_sched.codec import read
from pcdet_sched.limits import Limits

positive = some.floats(min_value=1e-30, max_value=1e30)
spikes = some.builds(Spike, some.integers(0, 10**6), positive | some.just(math.inf))
variants = some.builds(
    Variant,
    precision=some.sampled_from(["fp32", "fp16", "bf16"]),
    clip=some.none() | positive,
    loss_scale=positive,
    growth_interval=some.integers(1, 10**6),
    keep_scaler=some.booleans(),
    seed=some.integers(0, 2**31 - 1),
    spikes=some.lists(spikes, max_size=3).map(tuple),
    optimization=some.fixed_dictionaries({}, optional={"LR": positive, "MOMS": some.lists(positive, max_size=3)}),
)


@given(variants)
def test_a_description_survives_json_values_and_pickle(variant):
    description = Description(variant, iterations=7, epochs=3, device="cuda:1", real_iterations=9)
    assert read(CODEC, json.loads(json.dumps(CODEC.unstructure(description))), Description) == description
    assert pickle.loads(pickle.dumps(description)) == description  # noqa: S301 - written a line above


@given(variants)
def test_the_text_of_a_variant_reads_back(variant):
    back = parse_variant(format_variant(variant), variant.optimization)
    if variant.spikes:  # a spike is written with six digits
        assert len(back.spikes) == len(variant.spikes)
    assert format_variant(back) == format_variant(variant)
    assert (back.clip, back.loss_scale, back.optimization) == (variant.clip, variant.loss_scale, variant.optimization)


GOOD = {"precision": "fp16", "clip": 10.0, "loss_scale": 32.0, "growth_interval": 5, "keep_scaler": True, "seed": 1}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("precision", "fp8", "one of fp32, fp16, bf16"),
        ("clip", 0, "above 0, or off"),
        ("clip", math.nan, "above 0, or off"),
        ("clip", math.inf, "above 0, or off"),
        ("clip", "10", "above 0, or off"),
        ("loss_scale", -1.0, "above 0"),
        ("loss_scale", True, "above 0"),
        ("growth_interval", 0, "at least 1"),
        ("growth_interval", 2.5, "whole number"),
        ("keep_scaler", 1, "yes or no"),
        ("seed", -1, "from 0 to"),
        ("seed", 2**31, "from 0 to"),
        ("spikes", ((3, 1.0),), "tuple of Spike"),
        ("optimization", {"GRAD_NORM_CLIP": 10}, "not read"),
        ("optimization", {"LR": math.inf}, "finite"),
        ("optimization", {"MOMS": [{}]}, "finite numbers, texts and lists"),
    ],
)
def test_each_field_says_what_is_allowed(name, value, says):
    Variant(**GOOD)
    with pytest.raises(BenchmarkError, match=says):
        Variant(**{**GOOD, name: value})


@pytest.mark.parametrize(("iteration", "magnitude"), [(-1, 1.0), (1.5, 1.0), (3, 0.0), (3, math.nan), (3, "inf")])
def test_a_spike_is_an_iteration_and_a_positive_magnitude(iteration, magnitude):
    with pytest.raises(BenchmarkError, match="spike"):
        Spike(iteration, magnitude)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("iterations", 0, "at least 1"),
        ("iterations", "200", "whole number"),
        ("epochs", 201, "from 1 to 200"),
        ("probe_every", 0, "at least 1"),
        ("real_iterations", 0, "at least 1"),
        ("device", "tpu", "cpu, cuda"),
        ("device", "cuda:", "cpu, cuda"),
        ("device", None, "cpu, cuda"),
    ],
)
def test_each_condition_says_what_is_allowed(name, value, says):
    with pytest.raises(BenchmarkError, match=says):
        Description(Variant(), **{"iterations": 200, name: value})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "name=value"),
        ("fp16", "name=value"),
        ("precision=", "name=value"),
        ("clip=10,clip=1", "twice"),
        ("clip=ten", "number above 0, or off"),
        ("loss_scale=2^x", "65536 or 2\\^16"),
        ("loss_scale=2^100000", "65536 or 2\\^16"),
        ("keep_scaler=maybe", "yes or no"),
        ("spike=100", "100:inf"),
        ("spike=100:-1", "magnitude"),
        ("speed=9", "speed is not known"),
        ("GRAD_NORM_CLIP=10", "write clip="),
        ("LOSS_SCALE_FP16=32", "write loss_scale="),
        ("precision=fp64", "one of fp32"),
    ],
)
def test_a_variant_that_cannot_be_read_says_what_is_allowed(text, says):
    with pytest.raises(BenchmarkError, match=says):
        parse_variant(text, {"LR": 0.003})


def test_a_variant_takes_from_the_block_what_it_does_not_say():
    variant = parse_variant("seed=4", {"USE_AMP": True, "GRAD_NORM_CLIP": "35", "LOSS_SCALE_FP16": 32, "LR": 0.1})
    assert (variant.precision, variant.clip, variant.loss_scale, variant.seed) == ("fp16", 35.0, 32.0, 4)
    assert variant.optimization == {"LR": 0.1}


def test_keys_of_the_block_are_read_as_the_trainer_reads_set():
    variant = parse_variant("MOMS=[0.9, 0.8],LR=1e-2,OPTIMIZER=sgd", {})
    assert variant.optimization == {"MOMS": [0.9, 0.8], "LR": 0.01, "OPTIMIZER": "sgd"}


def test_a_clip_that_the_trainer_cannot_read_is_an_error_unless_the_variant_has_its_own():
    block = {"GRAD_NORM_CLIP": None}
    with pytest.raises(BenchmarkError, match="GRAD_NORM_CLIP is None"):
        Variant.from_block(block)
    assert Variant.from_block(block, clip=1.0).clip == 1.0


def test_presets_hold_what_their_titles_say():
    rows = {name: preset.variants({"LR": 0.003}, 200) for name, preset in PRESETS.items()}
    assert [v.precision for v in rows["amp"]] == ["fp32", "fp16"]
    assert [v.clip for v in rows["clip"]] == [1.0, 10.0, 35.0, None]
    assert [v.loss_scale for v in rows["loss-scale"]] == [32.0, 512.0, 65536.0, 2.0**24]
    assert all(v.spikes == (Spike(100, math.inf),) for v in rows["spike"])
    assert {v.precision for v in rows["spike"]} == {"fp32", "fp16"}


def test_the_schedule_keeps_its_shares():
    block = {"NUM_EPOCHS": 80, "DECAY_STEP_LIST": [40, 60], "WARMUP_EPOCH": 5, "WARMUP_ITER": 500, "LR": "3e-3"}
    toy = Description(Variant(optimization=block), iterations=200, epochs=4, real_iterations=10_000)
    assert compressed_block(toy) == {
        **block,
        "DECAY_STEP_LIST": [2.0, 3.0],
        "WARMUP_EPOCH": 1,
        "WARMUP_ITER": 10.0,
    }


@pytest.mark.parametrize("damage", [{"NUM_EPOCHS": "80"}, {"NUM_EPOCHS": 0}, {"DECAY_STEP_LIST": "35"}])
def test_what_cannot_be_compressed_is_left_to_the_trainer(damage):
    block = {"NUM_EPOCHS": 80, "DECAY_STEP_LIST": [35]} | damage
    compressed = compressed_block(Description(Variant(optimization=block)))
    assert compressed["DECAY_STEP_LIST"] in ([35.0], "35")


def test_limits_hold_and_name_the_number():
    limits = Limits(max_iterations=100, max_variants=2)
    check_limits([Description(Variant(), iterations=100)] * 2, limits)
    with pytest.raises(BenchmarkError, match=r"101 iterations; .* at most 100"):
        check_limits([Description(Variant(), iterations=101)], limits)
    with pytest.raises(BenchmarkError, match=r"3 variants; .* at most 2"):
        check_limits([Description(Variant(), iterations=5)] * 3, limits)
    with pytest.raises(BenchmarkError, match="at least one"):
        check_limits([], limits)
