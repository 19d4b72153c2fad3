"""Whatever stands in the block, simulate answers: a run or a crash, a curve or an empty one."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.crash import STAGES
from tests.samples import WITH_WARMUP_ITER

CONFIG = ps.load(WITH_WARMUP_ITER)
KEYS = st.sampled_from([*CONFIG.optimization, "BETAS", "LOSS_SCALE_FP16", "USE_AMP"])
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**40), 10**40),
    st.floats(),
    st.sampled_from(["adam", "sgd", "adam_onecycle", "adam_cosineanneal", "1e-3", "0.5", "3", "", "abc", "1" * 50]),
)
# A value that removes its key is None; a null in the file is not the same, and is reached by loading one.
VALUES = st.one_of(
    SCALARS, st.lists(SCALARS, max_size=4), st.dictionaries(st.text("ab", min_size=1), SCALARS, max_size=2)
)
PLANS = st.builds(
    ps.RunPlan,
    samples=st.sampled_from([1, 7, 3712, 10**18]),
    gpus=st.sampled_from([1, 3, 8]),
    batch_size=st.sampled_from([None, None, 8]),
    epochs=st.sampled_from([None, None, 0, 2, 10**20]),
    trainer=st.sampled_from(["master", "classic"]),
    merge_all_iters_to_one_epoch=st.booleans(),
    checkpoint=st.sampled_from([None, None, ps.Checkpoint(1, 500), ps.Checkpoint(200, 10**9, 0.1)]),
)


@given(values=st.dictionaries(KEYS, VALUES, max_size=4), plan=PLANS, warm_up=st.booleans())
@settings(max_examples=300)
def test_any_block_under_any_plan_is_answered(values: dict[str, Any], plan: ps.RunPlan, warm_up: bool) -> None:
    run = ps.simulate(CONFIG.edit({"LR_WARMUP": warm_up, **values}), plan)
    assert run.crash is None or run.crash.stage in STAGES
    assert len(run.curve) < 10_000
    assert (run.summary is None) == run.curve.empty
    for phase in run.phases:
        assert run.first_iteration <= phase.start < phase.end


def test_a_run_of_no_epochs_has_no_iterations_and_no_phases() -> None:
    for optimizer in ("adam_onecycle", "adam_cosineanneal", "adam", "sgd"):
        run = ps.simulate(CONFIG.edit({"OPTIMIZER": optimizer, "NUM_EPOCHS": 0}), ps.RunPlan(samples=8))
        assert run.curve.empty
        assert run.phases == ()
        assert run.total_iterations in (0, None)
