"""A link and a session file that version 0.1.0 wrote still open, with every value."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pcdet_sched as ps
from pcdet_sched.config.values import same
from pcdet_sched.share.link import decode, from_session

if TYPE_CHECKING:
    from pcdet_sched.share.link import Shared

OLD = Path(__file__).parents[1] / "fixtures" / "v0.1"


@pytest.fixture(params=["link", "session"])
def state(request: pytest.FixtureRequest) -> Shared:
    if request.param == "link":
        return decode((OLD / "link.txt").read_text().strip())
    return from_session((OLD / "session.json").read_bytes())


def test_a_state_of_0_1_opens_with_its_plan_and_edits(state: Shared) -> None:
    current = state.current
    assert (state.dataset, current.name, current.block["LR"]) == ("KITTI", "pointpillar.yaml", 0.003)
    assert current.edits == {"LR": 0.01, "BETAS": [0.9, 0.999], "MOMENTUM": None}
    start = ps.Checkpoint(20, 9280, 0.003)
    assert current.plan == ps.RunPlan(
        samples=3712, gpus=2, batch_size=8, epochs=40, trainer="classic", checkpoint=start, use_amp=True
    )


def test_a_state_of_0_1_opens_with_every_kind_of_value(state: Shared) -> None:
    odd, shipped = state.pins
    assert odd.name == "Größe 键"
    expected = {
        "LR": math.inf, "PCT_START": math.nan, "WEIGHT_DECAY": -math.inf, "NUM_EPOCHS": 80, "OPTIMIZER": "sgd",
        "LR_WARMUP": False, "MINE": {"deep": [1, [2.5, None]]}, "BIG": 2**70, "WORD": "inf",
    }  # fmt: skip
    assert same(dict(odd.block), expected)
    assert odd.plan == ps.RunPlan(iters_per_epoch=464, merge_all_iters_to_one_epoch=True, trainer="master")
    assert shipped.plan == ps.RunPlan(samples=3712, gpus=8, trainer="master")
