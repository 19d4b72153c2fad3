"""Stages: schedules inside OPTIMIZATION, what they take from around them, and edits of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.config.values import at, same

if TYPE_CHECKING:
    from tests.config.conftest import Corpus

SEMI = """OPTIMIZATION:
    PRETRAIN:
        OPTIMIZER: adam_onecycle # as before
        LR: 0.003
    SEMI_SUP_LEARNING:
        LD_BATCH_SIZE_PER_GPU: 8    # 1
        UD_BATCH_SIZE_PER_GPU: 4
        NUM_EPOCHS: 60

        TEACHER: {EMA_MOMENTUM: 0.999}
        STUDENT:
            OPTIMIZER: adam_onecycle
            LR: 0.002  # lower
            # NUM_EPOCHS: 7
    TEST: {BATCH_SIZE_PER_GPU: 4}
"""
ACTIVE = """OPTIMIZATION:
  BATCH_SIZE_PER_GPU: 2
  NUM_EPOCHS: 30
  OPTIMIZER: adam_onecycle
  LR: 0.01
  DISCRIMINATOR: {OPTIMIZER: adam, LR: 0.001}
  MUL_CLS:
    OPTIMIZER: adam
    LR: 0.02
    NUM_EPOCHS: 5
"""


def test_stages_are_the_blocks_inside_optimization() -> None:
    assert ps.load(SEMI).stages == ("PRETRAIN", "STUDENT")
    assert ps.load(ACTIVE).stages == ("DISCRIMINATOR", "MUL_CLS")
    assert ps.load("OPTIMIZATION: {OPTIMIZER: adam, LR: 1}").stages == ()
    assert ps.load("MODEL: {TRAIN: {OPTIMIZATION: {OPTIMIZER: adam, LR: 1}}}").stages == ()
    assert ps.load(SEMI.replace("TEACHER: {", "TEACHER: {OPTIMIZER: sgd, LR: 1, ")).stages[1:] == ("TEACHER", "STUDENT")


def test_two_stages_of_one_name_are_told_apart_by_their_path() -> None:
    one = "{S: {OPTIMIZER: adam, LR: 1}}"
    assert ps.load(f"OPTIMIZATION: {{A: {one}, B: {one}}}").stages == ("A.S", "B.S")


@pytest.mark.parametrize("name", ["STUDENT", "SEMI_SUP_LEARNING.STUDENT", "OPTIMIZATION.SEMI_SUP_LEARNING.STUDENT"])
def test_a_stage_is_found_by_any_end_of_its_path(name: str) -> None:
    assert ps.load(SEMI, block=name).block == "OPTIMIZATION.SEMI_SUP_LEARNING.STUDENT"


def test_a_stage_that_there_is_not_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="TEACHER"):
        ps.load(SEMI).stage("TEACHER")


def test_a_stage_takes_the_labelled_batch_size_and_the_epochs_from_around_it() -> None:
    student = ps.load(SEMI).stage("STUDENT")
    assert student.optimization == {
        "BATCH_SIZE_PER_GPU": 8, "NUM_EPOCHS": 60, "OPTIMIZER": "adam_onecycle", "LR": 0.002
    }  # fmt: skip
    assert ps.load(ACTIVE).stage("DISCRIMINATOR").optimization["BATCH_SIZE_PER_GPU"] == 2
    assert ps.load(ACTIVE).stage("MUL_CLS").optimization["NUM_EPOCHS"] == 5


def test_pretrain_is_a_plain_block_and_takes_nothing() -> None:
    text = SEMI.replace("    PRETRAIN:", "    NUM_EPOCHS: 3\n    PRETRAIN:")
    assert "NUM_EPOCHS" not in ps.load(text).stage("PRETRAIN").optimization


def test_an_inherited_key_is_edited_where_it_stands() -> None:
    student = ps.load(SEMI).stage("STUDENT").edit({"BATCH_SIZE_PER_GPU": 2, "NUM_EPOCHS": 6, "LR": 0.1})
    want = SEMI.replace("LD_BATCH_SIZE_PER_GPU: 8", "LD_BATCH_SIZE_PER_GPU: 2").replace("EPOCHS: 60", "EPOCHS: 6")
    assert student.to_yaml() == want.replace("LR: 0.002", "LR: 0.1")
    assert student.edits == {"BATCH_SIZE_PER_GPU": 2, "NUM_EPOCHS": 6, "LR": 0.1}
    assert student.position("NUM_EPOCHS") == student.position("NUM_EPOCHS")
    line = SEMI[: SEMI.index("NUM_EPOCHS: 60")].count("\n") + 1
    place = student.position("NUM_EPOCHS")
    assert place is not None
    assert place.line == line
    assert student.set_flags()[:2] == ["OPTIMIZATION.SEMI_SUP_LEARNING.LD_BATCH_SIZE_PER_GPU", "2"]
    assert ps.load(student.to_yaml(), "STUDENT").optimization == student.optimization


def test_edits_of_one_stage_stay_while_another_is_shown() -> None:
    config = ps.load(ACTIVE).edit({"NUM_EPOCHS": 9, "LR": 0.5}).stage("DISCRIMINATOR").edit({"LR": 7})
    assert config.edits == {"NUM_EPOCHS": 9, "LR": 7}
    want = ACTIVE.replace("EPOCHS: 30", "EPOCHS: 9").replace("LR: 0.01", "LR: 0.5").replace("LR: 0.001", "LR: 7")
    assert config.to_yaml() == want.replace("LR: 0.51", "LR: 7")
    assert config.stage("OPTIMIZATION").edits == {"NUM_EPOCHS": 9, "LR": 0.5}


def test_an_inherited_key_that_is_removed_goes_from_around_the_stage() -> None:
    student = ps.load(SEMI).stage("STUDENT").edit({"NUM_EPOCHS": None})
    assert student.to_yaml() == SEMI.replace("        NUM_EPOCHS: 60\n", "")
    assert "NUM_EPOCHS" not in student.optimization


def test_a_stage_alone_is_its_own_lines() -> None:
    alone = ps.load(SEMI).stage("STUDENT").block_yaml()
    assert alone == "STUDENT:\n    OPTIMIZER: adam_onecycle\n    LR: 0.002  # lower\n"


@pytest.fixture(scope="module")
def stages(corpus: Corpus) -> list[ps.Config]:
    """Every stage of every config of the corpus that has any."""
    texts = [path.read_text(encoding="utf-8") for path in corpus]
    configs = [ps.load(text) for text in texts if len(re.findall(r"\bOPTIMIZER:", text)) > 1]
    return [config.stage(name) for config in configs for name in config.stages]


VALUES = st.sampled_from([0.25, 3, True, "adam", [0.5, 1], None])


def test_edits_of_real_stages_touch_their_own_lines_and_nothing_else(stages: list[ps.Config]) -> None:
    assert len(stages) > 40

    @settings(max_examples=40)
    @given(st.sampled_from(stages), st.data())
    def law(config: ps.Config, data: Any) -> None:
        text = config.text
        keys = st.sampled_from([*config.original, "NEW"])
        edits = data.draw(st.dictionaries(keys, VALUES, min_size=1, max_size=4))
        edited = config.edit(edits)
        written = edited.to_yaml()
        assert same(yaml.safe_load(written), edited.document)
        want = {key: value for key, value in {**config.original, **edits}.items() if value is not None}
        outer = {"NUM_EPOCHS", "BATCH_SIZE_PER_GPU"}  # where these go, what stands around the stage comes in
        assert same(without(edited.optimization, outer), without(want, outer))
        check_other_lines(text, written, edits)
        assert edited.edit({key: config.original.get(key) for key in edits}).to_yaml() == text

    law()


def without(block: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in block.items() if key not in keys}


def check_other_lines(text: str, written: str, edits: dict[str, Any]) -> None:
    """Every line that names none of the edited keys is still there, byte for byte and in order."""
    names = [key if key != "BATCH_SIZE_PER_GPU" else "BATCH_SIZE" for key in edits]
    rest = iter(written.splitlines(keepends=True))
    untouched = [line for line in text.splitlines(keepends=True) if not any(name in line for name in names)]
    assert all(any(line.rstrip("\n") == other.rstrip("\n") for other in rest) for line in untouched)


def test_a_real_stage_takes_batch_size_and_epochs_from_around_it(stages: list[ps.Config]) -> None:
    taken = 0
    for config in stages:
        own, around = at(config.document, config.path), at(config.document, config.path[:-1])
        for key, outer in (("NUM_EPOCHS", "NUM_EPOCHS"), ("BATCH_SIZE_PER_GPU", "LD_BATCH_SIZE_PER_GPU")):
            if key not in own and config.path[-1] != "PRETRAIN" and outer in around:
                assert config.optimization[key] == around[outer]
                taken += 1
    assert taken > 10
