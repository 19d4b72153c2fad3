"""Where a value that is not finite turns up first."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

STAGES = ("points", "block1", "block2", "block3", "heads")
"""The detector's modules whose output is watched, in the order of the forward pass."""


class FiniteWatch:
    """Looks at the scene, the outputs of `STAGES`, the loss, the gradients and the weights, in this order.

    `places` names them; the gradients come from the last parameter to the first, as the backward pass finds them.
    Nothing waits for the device: `first` is a device scalar.
    """

    def __init__(self, model: nn.Module) -> None:
        gradients = [f"the gradient of {name}" for name, _ in model.named_parameters()]
        outputs = [f"the output of {stage}" for stage in STAGES]
        self.places = ("the scene", *outputs, "the loss", *reversed(gradients), "the weights")
        self._outputs: list[Tensor] = []
        self._finite: list[Tensor] = []
        for stage in STAGES:
            model.get_submodule(stage).register_forward_hook(self._output)

    def _output(self, module: nn.Module, inputs: Any, output: Any) -> None:
        parts = output if isinstance(output, tuple) else (output,)
        flat = torch.cat([part.detach().flatten() for part in parts]) if len(parts) > 1 else parts[0].detach()
        self._outputs.append(flat.isfinite().all())

    def begin(self) -> None:
        """A new iteration: what a probe's forward pass left behind is forgotten."""
        self._outputs, self._finite = [], []

    def backward_done(self, points: Tensor, loss: Tensor, gradient_norms: Tensor) -> None:
        """Scene, outputs, loss and gradients are known. `gradient_norms`: float (parameters), in their order."""
        forward = torch.stack([points.isfinite().all(), *self._outputs, loss.isfinite()])
        self._finite = [forward, gradient_norms.flip(0).isfinite()]

    def first(self, weight_norms: Tensor) -> tuple[Tensor, Tensor]:
        """The index into `places` of the first that is not finite, or their number; and whether the weights are not."""
        kept = weight_norms.isfinite().all()
        flags = torch.cat([*self._finite, kept[None], torch.zeros_like(kept)[None]])
        return flags.int().argmin(), ~kept
