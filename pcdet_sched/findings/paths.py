"""Files, folders and globs → the files to check."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pcdet_sched.config import ConfigError, NoBlockError, load

SUFFIXES = (".yaml", ".yml")
_TOP = re.compile(rb"^OPTIMIZATION:", re.MULTILINE)
_BLOCK = re.compile(rb"(?:^|[{,\xbf])\s*[\"']?OPTIMIZATION[\"']?\s*:", re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """Files to check, each once and in order, and those of folders and globs that hold no block and were left out."""

    files: tuple[Path, ...]
    skipped: tuple[Path, ...]


def find(names: Iterable[str], skip_unrelated: bool = False) -> Found:
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
    return Found(tuple(path for path in files if path not in skipped), skipped)


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
