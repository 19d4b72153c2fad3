"""What keeps a checkout's code from being run here, in words with the file and the line.

Only the child process uses this.
"""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

from pcdet_sched.checkout.stand_ins import StandInShort
from pcdet_sched.language import _

_KINDS = (StandInShort, ImportError, SyntaxError, MemoryError, SystemExit, KeyboardInterrupt, GeneratorExit)


def is_trouble(error: BaseException) -> bool:
    """Whether an exception says that the code cannot be run here, and not that the run itself stops."""
    chain: BaseException | None = error
    while chain is not None:
        if isinstance(chain, _KINDS) or "StandIn" in str(chain):
            return True
        chain = chain.__cause__
    return False


def ends_all(error: BaseException) -> bool:
    """Whether nothing more can be tried after it."""
    return not isinstance(error, Exception) or isinstance(error, MemoryError)


def told(error: BaseException, root: str, megabytes: int) -> str:
    """The exception as a sentence without its full stop."""
    if isinstance(error, MemoryError):
        return _("it needs more than {megabytes} MB of memory", megabytes=megabytes)
    if isinstance(error, SyntaxError):
        return _(
            "{file}, line {line}, is no Python {version}: {why}",
            file=_below(error.filename or "?", root),
            line=error.lineno,
            version=f"{sys.version_info.major}.{sys.version_info.minor}",
            why=error.msg,
        )
    place = place_of(error, root) or _("its code")
    if isinstance(error, SystemExit):
        return _("{place} calls sys.exit({code})", place=place, code="" if error.code is None else error.code)
    if isinstance(error, ModuleNotFoundError):
        return _(
            "{place} imports {name}, which is not installed and has no stand-in", place=place, name=error.name or "?"
        )
    if isinstance(error, ImportError):
        return _("{place} has an import that fails: {why}", place=place, why=error)
    if isinstance(error, StandInShort):
        return _("{place} needs more than a stand-in: {why}", place=place, why=error)
    return _(
        "{place} stops with {error}", place=place, error=": ".join(filter(None, [type(error).__name__, str(error)]))
    )


def place_of(error: BaseException, root: str) -> str:
    """The innermost line of the checkout's own that an exception came through: "tools/x.py, line 3"."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(root + os.sep)]
    if not frames:
        return ""
    return _("{file}, line {line}", file=_below(frames[-1].filename, root), line=frames[-1].lineno)


def _below(file: str, root: str) -> str:
    return str(Path(file).relative_to(root)) if Path(file).is_relative_to(root) else file
