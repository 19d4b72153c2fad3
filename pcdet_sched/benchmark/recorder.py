"""Readings of a run, kept on the device and fetched a chunk at a time."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from pcdet_sched.benchmark.result import Anomaly, Readings
from pcdet_sched.benchmark.watch import FiniteWatch


class Recorder:
    """Collects rows of device scalars, told by the loop in the order of its methods; only `fetch` waits for the device.

    `anomaly` is the first among the readings that were fetched.
    """

    def __init__(self, model: nn.Module, device: torch.device) -> None:
        self.anomaly: Anomaly | None = None
        self._parameters = list(model.parameters())
        self._watch = FiniteWatch(model)
        self._stopwatch = Stopwatch(device)
        self._unknown = torch.full((), math.nan, device=device)
        self._row: list[Tensor] = []
        self._norms: list[Tensor] = []
        self._sums: list[Tensor] = []
        self._rows: list[Tensor] = []
        self._host: list[tuple[int, float, float]] = []
        self._limits: list[float] = []

    def __len__(self) -> int:
        return len(self._rows)

    def begin(self, iteration: int, scale: Tensor) -> None:
        """The iteration begins; the backward pass will use this loss scale, 1 without a scaler."""
        self._watch.begin()
        self._iteration, self._row = iteration, [scale]
        self._stopwatch.start()

    def lr_set(self, lr: float, momentum: float) -> None:
        """The schedule is stepped."""
        self._host.append((self._iteration, lr, momentum))

    def backward_done(self, points: Tensor, loss: Tensor, probe: Tensor | None) -> None:
        """The gradients are there and unscaled. `probe` is the share of them that underflowed, or None."""
        self._sums.append(self._watch.sums(points))
        self._row += [loss.detach(), self._unknown if probe is None else probe]
        self._norms = [torch.linalg.vector_norm(gradient) for gradient in self._gradients()]

    def clipped(self, norm: Tensor, clip: float | None) -> None:
        """The gradients are clipped, if they are; `norm` is the norm before."""
        after = norm if clip is None else torch.linalg.vector_norm(torch.cat(self._gradients()))
        self._row += [norm, after]
        self._limits.append(math.inf if clip is None else clip)

    def end(self, scale: Tensor) -> None:
        """The step is taken or skipped, the scale updated."""
        self._row.append(scale)
        self._rows.append(torch.stack([*self._row, *self._norms]))
        self._stopwatch.stop()

    def _gradients(self) -> list[Tensor]:
        return [parameter.grad.view(-1) for parameter in self._parameters if parameter.grad is not None]

    def fetch(self) -> Readings:
        """The readings since the last call."""
        if not self._rows:
            return Readings()
        rows = torch.stack(self._rows).cpu().tolist()
        sums = torch.stack(self._sums).cpu().tolist()
        iteration, lr, momentum = zip(*self._host, strict=True)
        scale, loss, probe, norm, after, next_scale, *_ = zip(*rows, strict=True)
        skipped = tuple(later < earlier for earlier, later in zip(scale, next_scale, strict=True))
        readings = Readings(
            iteration=iteration,
            lr=lr,
            momentum=momentum,
            loss=loss,
            grad_norm=norm,
            grad_norm_clipped=after,
            clip_factor=tuple(map(clip_factor, norm, self._limits)),
            loss_scale=scale,
            skipped=skipped,
            underflow=tuple(None if math.isnan(share) else share for share in probe),
            step_time=self._stopwatch.fetch(),
        )
        places = [self._watch.first(s, row[1], row[6:]) for s, row in zip(sums, rows, strict=True)]
        self._note(iteration, places)
        self._rows, self._sums, self._host, self._limits = [], [], [], []
        return readings

    def _note(self, iterations: Sequence[int], places: Sequence[str | None]) -> None:
        for iteration, place in zip(iterations, places, strict=True):
            if self.anomaly is None and place is not None:
                self.anomaly = Anomaly(iteration, place)


def clip_factor(norm: float, limit: float) -> float:
    """What `torch.nn.utils.clip_grad_norm_` multiplies with: limit / (norm + 1e-6), at most 1; nan for a norm of nan.

    >>> clip_factor(5.0, 10.0), clip_factor(float("inf"), 10.0), clip_factor(float("inf"), float("inf"))
    (1.0, 0.0, 1.0)
    """
    if math.isinf(limit):
        return 1.0
    return limit / (norm + 1e-6) if not norm + 1e-6 <= limit else 1.0


class Stopwatch:
    """Laps in seconds. On CUDA a lap is between two events on the device, read when all is fetched."""

    def __init__(self, device: torch.device) -> None:
        self._cuda = device.type == "cuda"
        self._laps: list[tuple[float, float]] = []
        self._events: list[tuple[torch.cuda.Event, torch.cuda.Event]] = []
        self._begun: float | torch.cuda.Event = 0.0

    def start(self) -> None:
        """Begin a lap."""
        self._begun = self._now()

    def stop(self) -> None:
        """End the lap that `start` began."""
        begun, ended = self._begun, self._now()
        if isinstance(begun, float) and isinstance(ended, float):
            self._laps.append((begun, ended))
        elif not isinstance(begun, float) and not isinstance(ended, float):
            self._events.append((begun, ended))

    def _now(self) -> float | torch.cuda.Event:
        if not self._cuda:
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record()
        return event

    def fetch(self) -> tuple[float, ...]:
        """The laps since the last call. On CUDA the device must have passed them."""
        laps = [ended - begun for begun, ended in self._laps]
        laps += [begun.elapsed_time(ended) / 1000 for begun, ended in self._events]  # milliseconds
        self._laps, self._events = [], []
        return tuple(laps)
