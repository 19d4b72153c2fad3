"""Of a file with several stages a link holds all of them, and which one was shown."""

from __future__ import annotations

import pytest

import pcdet_sched as ps
from pcdet_sched.share.link import LinkError, Pin, Shared, decode, encode

PLAN = ps.RunPlan(samples=3712)
TEXT = """OPTIMIZATION:
    NUM_EPOCHS: 60
    PRETRAIN: {OPTIMIZER: adam_onecycle, LR: 0.003, NUM_EPOCHS: 30}
    SEMI_SUP_LEARNING: {NUM_EPOCHS: 25, STUDENT: {OPTIMIZER: adam_onecycle, LR: 0.001}}
"""


def there_and_back(config: ps.Config) -> ps.Config:
    shared = decode(encode(Shared(Pin.of("mine", config, PLAN))))
    assert shared.current is not None
    return shared.current.config()


@pytest.mark.parametrize("stage", ["PRETRAIN", "STUDENT"])
def test_the_stage_that_was_shown_comes_back_with_its_edits_and_the_others(stage: str) -> None:
    config = ps.load(TEXT).stage("PRETRAIN").edit({"LR": 0.5}).stage("STUDENT").edit({"NUM_EPOCHS": 7}).stage(stage)
    back = there_and_back(config)
    assert (back.block, back.edits, back.stages) == (config.block, config.edits, config.stages)
    assert back.document == config.document
    assert {name: back.stage(name).optimization for name in back.stages} == {
        name: config.stage(name).optimization for name in config.stages
    }


def test_a_plain_block_needs_no_stage() -> None:
    config = ps.load("OPTIMIZATION: {OPTIMIZER: adam_onecycle, LR: 0.003}")
    assert Pin.of("mine", config, PLAN).stage == ""
    assert there_and_back(config.edit({"LR": 1})).edits == {"LR": 1}


def test_a_stage_that_the_block_does_not_have_is_refused() -> None:
    pin = Pin("mine", {"OPTIMIZER": "adam_onecycle", "LR": 0.003}, PLAN, stage="OPTIMIZATION.OTHER")
    with pytest.raises(LinkError, match="OTHER"):
        decode(encode(Shared(pin)))
