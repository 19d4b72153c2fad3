"""What the heads should say, the class and the box of every cell that holds the centre of a box, and the two losses."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from pcdet_sched.benchmark.scenes import HEAD_CELLS, RANGE, SIZES, Batch

BOX_VALUES = 8
"""Offset of the centre inside its cell (2), height, logarithm of the size over the class's mean (3), sine and cosine
of the yaw."""


@dataclass(frozen=True)
class Targets:
    """The targets of a batch, on the device.

    `classes`: float32 (scenes, 16, 16, 3), 1 for the class of a cell. `boxes`: float32 (scenes, 16, 16, 8).
    `present`: float32 (scenes, 16, 16), 1 where a cell holds a box.
    """

    classes: Tensor
    boxes: Tensor
    present: Tensor


def targets(batch: Batch) -> Targets:
    """The targets of a batch of scenes."""
    scenes, device = len(batch.boxes), batch.boxes.device
    metres = RANGE / HEAD_CELLS
    place = torch.stack([batch.boxes[..., 0], batch.boxes[..., 1] + RANGE / 2], dim=-1) / metres
    cell = place.long()
    where = (torch.arange(scenes, device=device)[:, None], cell[..., 1], cell[..., 0])
    yaw = batch.boxes[..., 6:]
    size = (batch.boxes[..., 3:6] / batch.mean_sizes).log()
    values = [place - cell, batch.boxes[..., 2:3], size, yaw.sin(), yaw.cos()]
    wanted = torch.zeros(scenes, HEAD_CELLS, HEAD_CELLS, BOX_VALUES, device=device)
    wanted[where] = torch.cat(values, dim=-1)
    classes = torch.zeros(scenes, HEAD_CELLS, HEAD_CELLS, len(SIZES), device=device)
    classes[where] = (batch.classes[..., None] == torch.arange(len(SIZES), device=device)).float()
    return Targets(classes, wanted, classes.amax(dim=-1))


ALPHA, GAMMA = 0.25, 2.0
BETA = 1.0


def focal_loss(logits: Tensor, wanted: Tensor) -> Tensor:
    """Cross entropy in which what is already right counts little: α_t · (1 − p_t)² · −log p_t, element by element.

    `logits` and `wanted` (0 or 1) have one shape; p_t is the probability given to what is wanted, α_t is 0.25 for a
    wanted 1 and 0.75 for a wanted 0.

    >>> focal_loss(torch.zeros(1), torch.ones(1)).item()  # 0.25 · 0.5² · log 2
    0.0433...
    """
    probability = torch.sigmoid(logits)
    missed = wanted * (1 - probability) + (1 - wanted) * probability
    weight = wanted * ALPHA + (1 - wanted) * (1 - ALPHA)
    entropy = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    return weight * missed**GAMMA * entropy


def smooth_l1(values: Tensor, wanted: Tensor) -> Tensor:
    """Quadratic for differences below 1, linear beyond, element by element.

    >>> smooth_l1(torch.tensor([0.5, 3.0]), torch.zeros(2)).tolist()
    [0.125, 2.5]
    """
    return functional.smooth_l1_loss(values, wanted, reduction="none", beta=BETA)
