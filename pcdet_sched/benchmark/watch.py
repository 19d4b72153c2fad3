"""Where a value that is not finite turns up first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

STAGES = ("points", "block1", "block2", "block3", "heads")
"""The detector's modules whose output is watched, in the order of the forward pass."""


class FiniteWatch:
    """Takes a sum of the scene and of each output of `STAGES`, which is finite where all they hold is.

    With the loss and the norms of the gradients that tells where something went wrong first. Nothing waits for the
    device.
    """

    def __init__(self, model: nn.Module) -> None:
        gradients = [f"the gradient of {name}" for name, _ in model.named_parameters()]
        # The backward pass goes from the last parameter to the first.
        self._places = ("the scene", *(f"the output of {stage}" for stage in STAGES), "the loss", *reversed(gradients))
        self._outputs: list[Tensor] = []
        for stage in STAGES:
            model.get_submodule(stage).register_forward_hook(self._output)

    def _output(self, module: nn.Module, inputs: Any, output: Any) -> None:
        parts = output if isinstance(output, tuple) else (output,)
        sums = [wide_sum(part) for part in parts]
        self._outputs.append(sums[0] if len(sums) == 1 else torch.stack(sums).sum())

    def begin(self) -> None:
        """A new iteration: what a probe's forward pass left behind is forgotten."""
        self._outputs = []

    def sums(self, points: Tensor) -> Tensor:
        """The sums of the scene and of the outputs, float64 (1 + stages), on the device."""
        return torch.stack([wide_sum(points), *self._outputs])

    def first(self, sums: Sequence[float], loss: float, gradient_norms: Sequence[float]) -> str | None:
        """The first place that is not finite, of fetched values; the norms in the order of the model's parameters."""
        values = (*sums, loss, *reversed(gradient_norms))
        return next((place for place, x in zip(self._places, values, strict=True) if not math.isfinite(x)), None)


def wide_sum(values: Tensor) -> Tensor:
    """A float64 sum, which is finite exactly where all values are; much cheaper than to look at each.

    >>> wide_sum(torch.full((9,), 3e38)).isfinite().item(), wide_sum(torch.tensor([1.0, torch.inf])).isfinite().item()
    (True, False)
    """
    wide_enough = torch.float32 if values.dtype == torch.float16 else torch.float64
    return values.detach().sum(dtype=wide_enough).double()
