"""Moving a config to other hardware."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.compare.comparison import along
from pcdet_sched.hardware import ABSOLUTE_CLIP, KEEP, LINEAR, NO_ACCUMULATION, ROOT, UNSCALED, move
from pcdet_sched.zoo import shipped

CONFIG = ps.load(shipped("KITTI", "pointpillar").to_yaml())
PLAN = ps.RunPlan(samples=3712)


@settings(max_examples=20, deadline=None)
@given(*[st.integers(1, 16)] * 4)
def test_iterations_follow_the_loaders_formula_and_factors_follow_the_rules(G: int, B: int, g: int, b: int) -> None:  # noqa: N803
    moved = move(CONFIG, PLAN, (G, B), (g, b))
    assert moved.iterations == tuple(80 * math.ceil(math.ceil(3712 / x) / y) for x, y in ((G, B), (g, b)))
    ratio = g * b / (G * B)
    expected = {KEEP: 1.0} | ({} if ratio == 1 else {LINEAR: ratio, ROOT: math.sqrt(ratio)})
    assert {p.rule: p.factor for p in moved.proposals} == pytest.approx(expected)
    for proposal in moved.proposals:
        assert proposal.config.optimization["BATCH_SIZE_PER_GPU"] == b
        assert proposal.config.optimization["LR"] == pytest.approx(0.003 * proposal.factor, rel=1e-5)
        assert proposal.run.batch_size_per_gpu == b
        assert proposal.run.plan.gpus == g


def test_both_curves_end_at_the_same_number_of_samples() -> None:
    moved = move(CONFIG, PLAN, (8, 4), (1, 2))
    ends = [along(run, "samples")[-1] for run in (moved.tuned, *(p.run for p in moved.proposals))]
    assert ends == pytest.approx([80 * 3712] * 4, rel=0.01)


def test_a_proposal_is_an_edit_with_a_diff_that_leaves_all_else() -> None:
    proposal = move(CONFIG, PLAN, (8, 4), (2, 4)).proposals[1]
    assert proposal.edits == {"LR": 0.00075}
    changed = [
        line for line in proposal.config.diff().splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert changed == ["-    LR: 0.003", "+    LR: 0.00075"]


def test_an_override_of_the_batch_size_does_not_hide_the_new_one() -> None:
    moved = move(CONFIG, ps.RunPlan(samples=3712, gpus=8, batch_size=64), (8, 8), (2, 3))
    assert [moved.tuned.batch_size_per_gpu, moved.proposals[0].run.batch_size_per_gpu] == [8, 3]


def test_iterations_per_epoch_alone_stand_for_as_many_full_batches() -> None:
    moved = move(CONFIG, ps.RunPlan(iters_per_epoch=100), (8, 4), (4, 4))
    assert (moved.tuned.iterations_per_epoch, moved.proposals[0].run.iterations_per_epoch) == (100, 200)


def test_what_the_trainer_does_not_do_is_said() -> None:
    assert move(CONFIG, PLAN, (8, 4), (1, 4)).notes == (UNSCALED, NO_ACCUMULATION)
    assert ABSOLUTE_CLIP in move(CONFIG.edit({"OPTIMIZER": "sgd"}), PLAN, (8, 4), (1, 4)).notes


@pytest.mark.parametrize(("optimizer", "limited"), [("adam_onecycle", LINEAR), ("adam", LINEAR), ("sgd", ROOT)])
def test_a_rule_that_its_source_made_for_another_optimizer_says_so_in_its_row(optimizer: str, limited: str) -> None:
    proposals = move(CONFIG.edit({"OPTIMIZER": optimizer}), PLAN, (8, 4), (1, 4)).proposals
    assert len(proposals) == 3
    assert [p.rule for p in proposals if optimizer in p.fails] == [limited]
    assert all(p.keeps and p.fails and p.source for p in proposals)


def test_an_lr_that_is_no_number_can_only_be_kept() -> None:
    assert [p.rule for p in move(CONFIG.edit({"LR": "3e-3"}), PLAN, (8, 4), (1, 4)).proposals] == [KEEP]


@pytest.mark.parametrize("counts", [((0, 4), (1, 4)), ((8, 4), (1, 0))])
def test_counts_below_one_are_refused(counts: tuple) -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        move(CONFIG, PLAN, *counts)
