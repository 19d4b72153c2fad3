"""Files, folders and globs → the files to check; and each file with what came of it."""

from __future__ import annotations

import glob
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pcdet_sched.config import Config, ConfigError, NoBlockError, load
from pcdet_sched.datasets import DATASETS, likely
from pcdet_sched.findings.check import check
from pcdet_sched.findings.report import Finding, Report, enter
from pcdet_sched.findings.wording import printable
from pcdet_sched.language import N_, _
from pcdet_sched.plan import RunPlan

DEFAULT_DATASET = "KITTI train"
SUFFIXES = (".yaml", ".yml")
_TOP = re.compile(rb"^OPTIMIZATION:", re.MULTILINE)
_BLOCK = re.compile(rb"(?:^|[{,\xbf])\s*[\"']?OPTIMIZATION[\"']?\s*:", re.MULTILINE)


@dataclass(frozen=True)
class FoundFiles:
    """Files to check, each once and in order, and those of folders and globs that hold no block and were left out."""

    files: tuple[Path, ...]
    skipped: tuple[Path, ...]


def find(names: Iterable[str], skip_unrelated: bool = False) -> FoundFiles:
    """A named file is taken as it is, whatever it holds; a folder is searched for *.yaml and *.yml, a glob is expanded.

    With `skip_unrelated` named files without a block are left out like those of folders.

    Raises FileNotFoundError, with the name, for one that stands for nothing.
    """
    files: dict[Path, bool] = {}
    for name in names:
        path = Path(name)
        if path.is_dir():
            inside = sorted(part for part in path.rglob("*") if part.suffix.lower() in SUFFIXES and part.is_file())
            files |= {part: files.get(part, False) for part in inside}
        elif path.exists():
            files[path] = not skip_unrelated
        else:
            matches = [Path(match) for match in sorted(glob.glob(name, recursive=True))]  # noqa: PTH207 - absolute ones too
            if not matches:
                raise FileNotFoundError(name)
            files |= {match: files.get(match, False) for match in matches if match.is_file()}
    skipped = tuple(path for path, named in files.items() if not named and not _may_hold_a_block(path))
    return FoundFiles(tuple(path for path in files if path not in skipped), skipped)


def _may_hold_a_block(path: Path) -> bool:
    """Whether a mapping OPTIMIZATION stands anywhere in it. A file that cannot be read is left to the check.

    Only a file where the key is written somewhere else than at the start of a line has to be read for that.
    """
    try:
        text = path.read_bytes()
        if _TOP.search(text):
            return True
        if not _BLOCK.search(text):
            return False
        load(text)
    except NoBlockError:
        return False
    except (OSError, ConfigError):
        return True
    return True


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


def check_file(
    path: Path,
    options: Mapping[str, Any],
    block: str | None = None,
    beside: bytes | None = None,
    judge: Callable[[Config, RunPlan], Report] = check,
) -> Checked:
    """Read and check one file. `options` are those of `RunPlan`; without samples the file's data set gives them.

    `beside` is the second file that goes with it. `judge` finds what there is to find.

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
    return Checked(path, judge(config, RunPlan(**options)), dataset=dataset)


def guess(path: Path, document: object) -> str:
    """The data set by what the file says of its data, else by its folder (`waymo_models`), else KITTI's training set.

    >>> from pathlib import Path
    >>> guess(Path("cfgs/once_models/second.yaml"), {})
    'ONCE train'
    """
    folder = {"DATA_CONFIG": {"DATASET": path.resolve().parent.name}}
    name = likely(document) or likely(folder) or DEFAULT_DATASET
    return name if DATASETS[name].samples is not None else DEFAULT_DATASET


_UNREADABLE = enter(
    "unreadable-file", "error", N_("The file cannot be read"),
    N_("It is not there, is no YAML that PyYAML takes, or has no OPTIMIZATION block. Only the command line reports "
    "this; in Python, load raises ConfigError."),
)  # fmt: skip


def _unreadable(reason: str, line: int | None = None, column: int | None = None) -> Finding:
    message = _("The file cannot be read: {reason}.", reason=printable(reason))
    return Finding("error", _UNREADABLE.name, None, line, column, None, message)
