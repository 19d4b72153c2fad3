"""An engine for whoever asks: a scheduler's workers where there is an address, else this machine's."""

from __future__ import annotations

from pcdet_sched.sweep.cluster import ClusterEngine
from pcdet_sched.sweep.devices import environments
from pcdet_sched.sweep.local import LocalEngine


def open_engine(
    scheduler: str = "", device: str = "cpu", workers: int | None = None, most: int | None = None
) -> LocalEngine | ClusterEngine:
    """The engine of a sweep; it must be closed.

    `scheduler`: the address of a Dask scheduler, or empty. `workers`: worker processes on this machine, by default
    one per core or GPU, but not more than `most`, the number of runs. Raises SweepError.
    """
    if scheduler:
        return ClusterEngine(scheduler, device)
    places = environments(device, workers)
    return LocalEngine(places[:most] if workers is None else places)
