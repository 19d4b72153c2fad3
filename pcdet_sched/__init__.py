"""See what an OpenPCDet OPTIMIZATION block will really do, before spending GPU-days on it.

>>> import pcdet_sched as ps
>>> config = ps.load("OPTIMIZATION: {OPTIMIZER: adam_onecycle, LR: 0.003}")
>>> config.optimization["LR"]
0.003
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcdet_sched.config import Config, ConfigError, EditError, load
    from pcdet_sched.crash import Crash
    from pcdet_sched.findings import Finding, Report, check
    from pcdet_sched.plan import Checkpoint, RunPlan
    from pcdet_sched.simulation import Run, iter_curve, simulate
    from pcdet_sched.trainer_records import trainers

__version__ = "0.1.0"

_HOMES = {
    "Checkpoint": "plan",
    "Config": "config",
    "ConfigError": "config",
    "Crash": "crash",
    "EditError": "config",
    "Finding": "findings",
    "Report": "findings",
    "Run": "simulation",
    "RunPlan": "plan",
    "check": "findings",
    "iter_curve": "simulation",
    "load": "config",
    "simulate": "simulation",
    "trainers": "trainer_records",
}

__all__ = [
    "Checkpoint",
    "Config",
    "ConfigError",
    "Crash",
    "EditError",
    "Finding",
    "Report",
    "Run",
    "RunPlan",
    "__version__",
    "check",
    "iter_curve",
    "load",
    "simulate",
    "trainers",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
