"""The curve of torch's own OneCycleLR, at a few iterations of any length of run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import torch

from pcdet_sched.trainer.model import dummy_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pcdet_sched.torch_code.snippets import Values


def one_cycle_lr(values: Values, iterations: Iterable[int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lr and beta1 (float64) of AdamW under OneCycleLR with these values of a block and `total` iterations.

    torch's closed form depends on the iteration alone, so it need not be stepped through.

    >>> block = {"LR": 0.01, "DIV_FACTOR": 10, "PCT_START": 0.4, "MOMS": [0.95, 0.85], "total": 100}
    >>> one_cycle_lr(block, [0, 39])[0].tolist()
    [0.0009999999999999992, 0.01]
    """
    up, down = values["MOMS"]
    optimizer = torch.optim.AdamW(dummy_model().parameters(), lr=values["LR"], betas=(up, 0.99))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer,
        max_lr=values["LR"],
        total_steps=values["total"],
        pct_start=values["PCT_START"],
        base_momentum=down,
        max_momentum=up,
        div_factor=values["DIV_FACTOR"],
        final_div_factor=1e4,
    )
    optimizer.step()  # without gradients it changes nothing; torch warns of a schedule that moves before any step
    lr, beta1 = [], []
    for iteration in iterations:
        schedule.last_epoch = iteration - 1
        schedule.step()
        lr.append(optimizer.param_groups[0]["lr"])
        beta1.append(optimizer.param_groups[0]["betas"][0])
    return np.array(lr, dtype=np.float64), np.array(beta1, dtype=np.float64)
