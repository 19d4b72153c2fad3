"""The two losses of the detector."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

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
