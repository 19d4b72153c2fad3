"""The factor of the step decay, exact and quick for a list of any length."""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcdet_sched.trainer.arithmetic import Block, Value

# A whole number this long cannot become a float whatever it is multiplied with, so its exact value no longer matters.
_BITS = 8192


class DecayFactor:
    """`max(LR_DECAY^m, LR_CLIP/LR)`, m = how many decay steps an iteration has reached, multiplied up one by one.

    `steps` are iterations. `block` is an attribute dictionary of which LR_DECAY is read only once a step is reached,
    LR_CLIP and LR at every call. Raises what the arithmetic raises (TypeError, ZeroDivisionError, AttributeError).
    Source: `tools/train_utils/optimization/__init__.py`, both releases.

    >>> from types import SimpleNamespace
    >>> factor = DecayFactor([35, 45], SimpleNamespace(LR=1.0, LR_DECAY=0.1, LR_CLIP=0.05))
    >>> factor(34), factor(35), factor(45)
    (1, 0.1, 0.05)
    """

    def __init__(self, steps: list[Value], block: Block) -> None:
        self.steps, self.block = steps, block
        self.ordered = _in_order(steps)
        self._products: list[Value] = [1]

    def __call__(self, iteration: int) -> Value:
        """The factor by which the initial lr is multiplied at an iteration."""
        decay = self._decay(iteration)
        return max(decay, self.block.LR_CLIP / self.block.LR)

    def _decay(self, iteration: int) -> Value:
        if self.ordered is not None:
            return self._product(bisect_right(self.ordered, iteration))
        decay: Value = 1
        for step in self.steps:
            if iteration >= step:
                decay = decay * self.block.LR_DECAY
        return decay

    def _product(self, count: int) -> Value:
        products = self._products
        while len(products) <= count:
            last, decay = products[-1], self.block.LR_DECAY
            if isinstance(last, int) and last.bit_length() > _BITS and isinstance(decay, int) and decay:
                products.append(last if decay > 0 else -last)
            else:
                products.append(last * decay)
        return products[count]


def _in_order(steps: list[Value]) -> list[int | float] | None:
    """The steps in rising order; None where one is no number, which is then met in the order of the list."""
    kinds = set(map(type, steps))
    if not kinds <= {int, float, bool}:
        return None
    return sorted(step for step in steps if not math.isnan(step)) if float in kinds else sorted(steps)
