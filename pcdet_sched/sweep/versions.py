"""What a machine runs a sweep with, and whether that is the same everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.language import _


@dataclass(frozen=True)
class Facts:
    """Versions of a machine's Python, torch and pcdet_sched, empty where one is missing, and its worker's threads."""

    python: str
    torch: str
    pcdet_sched: str
    threads: int = 1


def fact_finder() -> Callable[[], tuple[str, str, str]]:
    """A function that tells the versions where it is called: of Python, torch and pcdet_sched.

    It is made here, inside of a function, so that it is sent to a worker as code and not as a name: it works
    where pcdet_sched is missing or another one.
    """

    def find() -> tuple[str, str, str]:
        import platform
        from importlib import metadata

        def version(package: str) -> str:
            try:
                return metadata.version(package)
            except metadata.PackageNotFoundError:
                return ""

        try:
            import pcdet_sched

            own = str(pcdet_sched.__version__)
        except ImportError:
            own = ""
        return platform.python_version(), version("torch"), own

    return find


def facts_here() -> Facts:
    """The facts of this process."""
    return Facts(*fact_finder()())


def mismatches(here: Facts, workers: Mapping[str, Facts]) -> tuple[str, ...]:
    """Warnings about workers that measure with something else, a sentence each.

    Numbers of two versions of torch can differ in the last digits, so that is a warning; a torch built for another
    device is the same version. Raises BenchmarkError where a worker has another pcdet_sched than this machine, or none.

    >>> mismatches(Facts("3.11.7", "2.13.0+cpu", "1.0"), {"a": Facts("3.11.9", "2.4.1+cu121", "1.0")})
    ('worker a has torch 2.4.1+cu121, this machine 2.13.0+cpu: numbers may differ between them',)
    """
    wrong = [
        _("worker {name} has pcdet_sched {version}", name=name, version=facts.pcdet_sched)
        if facts.pcdet_sched
        else _("worker {name} has no pcdet_sched", name=name)
        for name, facts in workers.items()
        if facts.pcdet_sched != here.pcdet_sched
    ]
    if wrong:
        words = _("{workers}. Install pcdet_sched {version} there, as on this machine")
        raise BenchmarkError(words.format(workers="; ".join(wrong), version=here.pcdet_sched))
    missing = [name for name, facts in workers.items() if not facts.torch]
    if missing:
        raise BenchmarkError(_("worker {names} has no torch", names=", ".join(missing)))
    return tuple(words for name, facts in workers.items() for words in _differences(name, here, facts))


def _differences(name: str, here: Facts, there: Facts) -> Iterator[str]:
    if there.python.split(".")[:2] != here.python.split(".")[:2]:
        words = _("worker {name} has Python {there}, this machine {here}: runs may fail there")
        yield words.format(name=name, there=there.python, here=here.python)
    if there.torch.partition("+")[0] != here.torch.partition("+")[0]:
        words = _("worker {name} has torch {there}, this machine {here}: numbers may differ between them")
        yield words.format(name=name, there=there.torch, here=here.torch)
    if there.threads > 1:
        words = _("worker {name} has {n} threads and measures one run at a time: start it with --nthreads 1")
        yield words.format(name=name, n=there.threads)
