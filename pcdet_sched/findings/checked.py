"""One file on the command line and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pcdet_sched.config import ConfigError, load
from pcdet_sched.datasets import DATASETS, likely
from pcdet_sched.findings.check import check
from pcdet_sched.findings.report import Finding, Report
from pcdet_sched.findings.wording import printable
from pcdet_sched.plan import RunPlan

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT_DATASET = "KITTI train"


@dataclass(frozen=True)
class Checked:
    """A file with its report, or with `unreadable` in the place of one. `dataset` is None where samples were given."""

    path: Path
    report: Report | None
    unreadable: Finding | None = None
    dataset: str | None = None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings; for a file that cannot be read the one that says so."""
        if self.unreadable is not None:
            return (self.unreadable,)
        return self.report.findings if self.report else ()


def check_file(path: Path, options: dict[str, Any], block: str | None = None, beside: bytes | None = None) -> Checked:
    """Read and check one file. `options` are those of `RunPlan`; without samples the file's data set gives them.

    `beside` is the second file that goes with it.

    Raises nothing for what the file holds; ValueError as `RunPlan` does for the options.
    """
    try:
        config = load(path.read_bytes(), block, beside)
    except ConfigError as error:
        return Checked(path, None, _unreadable(error.message, error.line, error.column))
    except OSError as error:
        return Checked(path, None, _unreadable(error.strerror or type(error).__name__))
    dataset = None
    if options.get("samples") is None:
        dataset = guess(path, config.document)
        options = {**options, "samples": DATASETS[dataset].samples}
    return Checked(path, check(config, RunPlan(**options)), dataset=dataset)


def guess(path: Path, document: object) -> str:
    """The data set by what the file says of its data, else by its folder (`waymo_models`), else KITTI's training set.

    >>> from pathlib import Path
    >>> guess(Path("cfgs/once_models/second.yaml"), {})
    'ONCE train'
    """
    folder = {"DATA_CONFIG": {"DATASET": path.resolve().parent.name}}
    name = likely(document) or likely(folder) or DEFAULT_DATASET
    return name if DATASETS[name].samples is not None else DEFAULT_DATASET


def _unreadable(message: str, line: int | None = None, column: int | None = None) -> Finding:
    return Finding(
        "error", "unreadable-file", None, line, column, None, f"The file cannot be read: {printable(message)}."
    )
