"""Which worker gets which device."""

from __future__ import annotations

import os
from collections.abc import Mapping

from pcdet_sched.sweep.errors import SweepError
from pcdet_sched.sweep.work import THREADS

DEVICES = ("cpu", "cuda")
"""Devices of a sweep; each worker sees one GPU alone, so it needs no number."""
_VISIBLE = "CUDA_VISIBLE_DEVICES"


def environments(device: str, workers: int | None = None) -> tuple[dict[str, str], ...]:
    """The environment variables of each worker process on this machine.

    `workers`: how many; by default as many as there are free processor cores, or GPUs for "cuda". More workers than
    GPUs share them in turn. Raises SweepError for another device, and where there is no GPU.

    >>> environments("cpu", 2)
    ({'OMP_NUM_THREADS': '1'}, {'OMP_NUM_THREADS': '1'})
    """
    if device not in DEVICES:
        raise SweepError(f"the device of a sweep is {' or '.join(DEVICES)}, not {device!r}: each worker gets its own")
    if workers is not None and workers < 1:
        raise SweepError(f"{workers} workers; at least 1 is needed")
    threads = {"OMP_NUM_THREADS": str(THREADS)}
    if device == "cpu":
        return (threads,) * (workers or len(os.sched_getaffinity(0)))
    gpus = visible_gpus(gpu_count(), os.environ)
    if not gpus:
        raise SweepError("this machine has no GPU that torch can use")
    return tuple(threads | {_VISIBLE: gpus[number % len(gpus)]} for number in range(workers or len(gpus)))


def gpu_count() -> int:
    """GPUs that torch sees."""
    import torch

    return torch.cuda.device_count()


def visible_gpus(count: int, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Their names for CUDA_VISIBLE_DEVICES, which may already choose among them.

    >>> visible_gpus(2, {"CUDA_VISIBLE_DEVICES": "3,5"}), visible_gpus(2, {})
    (('3', '5'), ('0', '1'))
    """
    chosen = environment.get(_VISIBLE)
    names = chosen.split(",") if chosen else map(str, range(count))
    return tuple(name.strip() for name in names)[:count]
