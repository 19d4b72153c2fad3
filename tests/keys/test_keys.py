"""The table of keys says what the trainer does with each of them."""

from __future__ import annotations

import pytest

from pcdet_sched.keys import GROUPS, KEYS, OPTIMIZERS, use_of, why_dimmed
from pcdet_sched.trainer_records import CLASSIC, Use

# The same facts written a second time, from the trainer's side: what each optimizer's builders and loop read.
EVERY_RUN = {
    "BATCH_SIZE_PER_GPU",
    "NUM_EPOCHS",
    "OPTIMIZER",
    "LR",
    "WEIGHT_DECAY",
    "GRAD_NORM_CLIP",
    "USE_AMP",
}
READ = {
    "adam_onecycle": EVERY_RUN | {"MOMS", "PCT_START", "DIV_FACTOR", "BETAS"},
    "adam_cosineanneal": EVERY_RUN | {"MOMS", "PCT_START", "WARMUP_ITER", "BETAS"},
    "adam": EVERY_RUN | {"DECAY_STEP_LIST", "LR_DECAY", "LR_CLIP", "LR_WARMUP"},
    "sgd": EVERY_RUN | {"DECAY_STEP_LIST", "LR_DECAY", "LR_CLIP", "LR_WARMUP", "MOMENTUM"},
}


def test_there_are_19_keys_in_the_order_of_their_groups():
    assert len(KEYS) == 19
    order = [GROUPS.index(key.group) for key in KEYS.values()]
    assert order == sorted(order)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_used_keys_are_those_that_the_trainer_reads(optimizer):
    used = {name for name in KEYS if use_of(name, optimizer, {}) is Use.USED}
    assert used == READ[optimizer]


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_warm_up_keys_matter_only_while_lr_warmup_is_true(optimizer):
    for name in ("WARMUP_EPOCH", "DIV_FACTOR"):
        assert use_of(name, optimizer, {"LR_WARMUP": False}) is Use.WARMUP
        assert use_of(name, optimizer, {"LR_WARMUP": True}) is Use.USED


@pytest.mark.parametrize("optimizer", ["adam_onecycle", "adam_cosineanneal"])
def test_the_decay_list_must_be_valid_where_it_does_nothing(optimizer):
    assert use_of("DECAY_STEP_LIST", optimizer, {}) is Use.REQUIRED


def test_the_loss_scale_matters_with_amp_from_either_side():
    assert use_of("LOSS_SCALE_FP16", "sgd", {}) is Use.AMP
    assert use_of("LOSS_SCALE_FP16", "sgd", {"USE_AMP": True}) is Use.USED
    assert use_of("LOSS_SCALE_FP16", "sgd", {}, use_amp=True) is Use.USED


@pytest.mark.parametrize("optimizer", ["adamW_onecycle", None, ["adam"], 3])
def test_an_unknown_optimizer_dims_nothing(optimizer):
    assert not any(why_dimmed(name, optimizer, {}) for name in KEYS)


def test_a_key_is_dimmed_with_a_reason_exactly_when_it_has_no_effect():
    for optimizer in OPTIMIZERS:
        for name in KEYS:
            assert bool(why_dimmed(name, optimizer, {})) == (use_of(name, optimizer, {}) is not Use.USED)


@pytest.mark.parametrize("key", KEYS.values(), ids=lambda key: key.name)
def test_every_key_has_its_texts_and_a_default_of_its_own_kind(key):
    assert key.meaning.endswith(".")
    assert key.type_text
    assert key.traps
    assert key.group in GROUPS
    if key.kind in ("int", "float") or key.is_list:
        assert key.range_text
        assert key.in_range(key.default)
    if key.kind == "choice":
        assert key.default in key.choices


@pytest.mark.parametrize("value", ["0.1", None, True, float("nan"), {}])
def test_what_is_no_number_is_in_no_range(value):
    assert not KEYS["LR"].in_range(value)


def test_betas_are_read_by_master_and_not_by_classic():
    assert use_of("BETAS", "adam_onecycle", {}) is Use.USED
    assert use_of("BETAS", "adam_onecycle", {}, trainer=CLASSIC) is Use.UNREAD
    assert why_dimmed("BETAS", "adam_onecycle", {}, trainer=CLASSIC) == "adam_onecycle of classic never reads it."
