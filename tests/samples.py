"""What several tests need: a shipped model's block as a file, and the figures on a page."""

from __future__ import annotations

import json
from typing import Any

# `LR` stands in line 5 and has a comment behind it, which edits must keep.
POINTPILLAR = """\
OPTIMIZATION:
    BATCH_SIZE_PER_GPU: 4
    NUM_EPOCHS: 80
    OPTIMIZER: adam_onecycle
    LR: 0.003  # 0.01 diverged
    WEIGHT_DECAY: 0.01
    MOMENTUM: 0.9
    MOMS: [0.95, 0.85]
    PCT_START: 0.4
    DIV_FACTOR: 10
    DECAY_STEP_LIST: [35, 45]
    LR_DECAY: 0.1
    LR_CLIP: 0.0000001
    LR_WARMUP: False
    WARMUP_EPOCH: 1
    GRAD_NORM_CLIP: 10
"""
# The same with the key that cosine annealing reads as well.
WITH_WARMUP_ITER = POINTPILLAR + "    WARMUP_ITER: 500\n"
# What one-cycle needs and no more; `LR` in line 5 again.
LEAST = """\
OPTIMIZATION:
    BATCH_SIZE_PER_GPU: 4
    NUM_EPOCHS: 80
    OPTIMIZER: adam_onecycle
    LR: 0.003
    WEIGHT_DECAY: 0.01
    MOMS: [0.95, 0.85]
    PCT_START: 0.4
    DIV_FACTOR: 10
    DECAY_STEP_LIST: [35, 45]
    GRAD_NORM_CLIP: 10
"""
# With it what each of the other three optimizers reads.
ALL_OPTIMIZERS = (
    LEAST
    + """\
    WARMUP_ITER: 100
    LR_DECAY: 0.1
    LR_CLIP: 0.0000001
    LR_WARMUP: False
    WARMUP_EPOCH: 1
    MOMENTUM: 0.9
"""
)


def figures(app: Any) -> list[dict[str, Any]]:
    """The figures on a page of an AppTest, as plain data."""
    return [json.loads(chart.proto.bytes) for chart in app.get("bidi_component") if chart.proto.bytes]
