"""Time per iteration, without waiting for the device."""

from __future__ import annotations

import time

import torch


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
