"""Readings of a run, kept on the device and fetched a chunk at a time."""

from __future__ import annotations

import math
from typing import Protocol

import torch
from torch import Tensor, nn

from pcdet_sched.benchmark.result import Anomaly, Readings
from pcdet_sched.benchmark.stopwatch import Stopwatch
from pcdet_sched.benchmark.watch import FiniteWatch


class Recorder(Protocol):
    """What the loop tells of an iteration, in this order. Scales are device scalars, 1 without a scaler."""

    def begin(self, iteration: int, scale: Tensor) -> None:
        """The iteration begins; the backward pass will use this loss scale."""

    def lr_set(self, lr: float, momentum: float) -> None:
        """The schedule is stepped."""

    def backward_done(self, points: Tensor, loss: Tensor, probe: Tensor | None) -> None:
        """The gradients are there and unscaled. `probe` is the share of them that underflowed, or None."""

    def clipped(self, norm: Tensor, clip: float | None) -> None:
        """The gradients are clipped, if they are; `norm` is the norm before."""

    def end(self, scale: Tensor) -> None:
        """The step is taken or skipped, the scale updated."""


class Silence:
    """Records nothing: the loop as it is without recording."""

    def begin(self, iteration: int, scale: Tensor) -> None:
        """Nothing."""

    def lr_set(self, lr: float, momentum: float) -> None:
        """Nothing."""

    def backward_done(self, points: Tensor, loss: Tensor, probe: Tensor | None) -> None:
        """Nothing."""

    def clipped(self, norm: Tensor, clip: float | None) -> None:
        """Nothing."""

    def end(self, scale: Tensor) -> None:
        """Nothing."""


class DeviceRecorder:
    """Collects a row of device scalars per iteration; only `fetch` waits for the device.

    `anomaly` and `weights_lost` are the first ones among the readings that were fetched.
    """

    def __init__(self, model: nn.Module, device: torch.device) -> None:
        self.anomaly: Anomaly | None = None
        self.weights_lost: int | None = None
        self._parameters = list(model.parameters())
        self._watch = FiniteWatch(model)
        self._stopwatch = Stopwatch(device)
        self._unknown = torch.full((), math.nan, device=device)
        self._row: list[Tensor] = []
        self._rows: list[Tensor] = []
        self._host: list[tuple[int, float, float]] = []
        self._limits: list[float] = []

    def __len__(self) -> int:
        return len(self._rows)

    def begin(self, iteration: int, scale: Tensor) -> None:
        """See `Recorder`."""
        self._watch.begin()
        self._iteration, self._row = iteration, [scale]
        self._stopwatch.start()

    def lr_set(self, lr: float, momentum: float) -> None:
        """See `Recorder`."""
        self._host.append((self._iteration, lr, momentum))

    def backward_done(self, points: Tensor, loss: Tensor, probe: Tensor | None) -> None:
        """See `Recorder`."""
        self._watch.backward_done(points, loss.detach(), self._gradient_norms())
        self._row += [loss.detach(), self._unknown if probe is None else probe]

    def clipped(self, norm: Tensor, clip: float | None) -> None:
        """See `Recorder`."""
        after = norm if clip is None else torch.linalg.vector_norm(self._gradient_norms())
        self._row += [norm, after]
        self._limits.append(math.inf if clip is None else clip)

    def end(self, scale: Tensor) -> None:
        """See `Recorder`."""
        place, lost = self._watch.first(_norms([parameter.detach() for parameter in self._parameters]))
        self._row += [scale, place, lost]
        self._rows.append(torch.stack([value.double() for value in self._row]))
        self._stopwatch.stop()

    def _gradient_norms(self) -> Tensor:
        return _norms([parameter.grad for parameter in self._parameters if parameter.grad is not None])

    def fetch(self) -> Readings:
        """The readings since the last call."""
        if not self._rows:
            return Readings()
        rows = torch.stack(self._rows).cpu().tolist()
        iteration, lr, momentum = zip(*self._host, strict=True)
        scale, loss, probe, norm, after, next_scale, place, lost = zip(*rows, strict=True)
        self._note(iteration, place, lost)
        readings = Readings(
            iteration=iteration,
            lr=lr,
            momentum=momentum,
            loss=loss,
            grad_norm=norm,
            grad_norm_clipped=after,
            clip_factor=tuple(map(clip_factor, norm, self._limits)),
            loss_scale=scale,
            skipped=tuple(later < earlier for earlier, later in zip(scale, next_scale, strict=True)),
            underflow=tuple(None if math.isnan(share) else share for share in probe),
            step_time=self._stopwatch.fetch(),
        )
        self._rows, self._host, self._limits = [], [], []
        return readings

    def _note(self, iterations: tuple[int, ...], places: tuple[float, ...], lost: tuple[float, ...]) -> None:
        """Remember the first anomaly and the first loss of the weights."""
        for iteration, place, gone in zip(iterations, places, lost, strict=True):
            if self.anomaly is None and place < len(self._watch.places):
                self.anomaly = Anomaly(iteration, self._watch.places[int(place)])
            if self.weights_lost is None and gone:
                self.weights_lost = iteration


def clip_factor(norm: float, limit: float) -> float:
    """What `torch.nn.utils.clip_grad_norm_` multiplies with: limit / (norm + 1e-6), at most 1; nan for a norm of nan.

    >>> clip_factor(5.0, 10.0), clip_factor(float("inf"), 10.0), clip_factor(float("inf"), float("inf"))
    (1.0, 0.0, 1.0)
    """
    if math.isinf(limit):
        return 1.0
    return limit / (norm + 1e-6) if not norm + 1e-6 <= limit else 1.0


def _norms(tensors: list[Tensor]) -> Tensor:
    return torch.stack([torch.linalg.vector_norm(tensor) for tensor in tensors])
