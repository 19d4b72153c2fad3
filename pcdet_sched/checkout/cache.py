"""Runs of a checkout that were made before, on this user's disk, under a hash of all that they depend on."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import sys
import tempfile
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from pcdet_sched.checkout.result import CODEC, Order
from pcdet_sched.language import current

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pcdet_sched.checkout.find import Checkout

_MOST = 64
"""Runs that are kept; the oldest goes first."""


def folder() -> Path:
    """Where they lie: below XDG_CACHE_HOME, by default ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pcdet-sched" / "checkout"


def key(checkout: Checkout, orders: Sequence[Order]) -> str:
    """A hash of all that an answer depends on: the checkout's files, what is asked, in which language, what runs it.

    That is this package, Python, torch and NumPy.
    """
    own = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(Path(__file__).parent.glob("*.py"))
    }
    places = (str(checkout.optimization), str(checkout.loop), str(checkout.root))
    versions = (sys.version, version("torch"), version("numpy"), current())
    asked = [CODEC.unstructure(order) for order in orders]
    all_of_it = json.dumps([checkout.sources, places, versions, own, asked], sort_keys=True)
    return hashlib.sha256(all_of_it.encode()).hexdigest()


def read(name: str) -> list[str] | None:
    """The lines that were kept under a key; None where there are none, or they cannot be read."""
    try:
        with gzip.open(folder() / f"{name}.gz", "rt", encoding="utf-8") as file:
            return file.read().splitlines()
    except (OSError, EOFError, UnicodeDecodeError, zlib.error):
        return None


def write(name: str, lines: Sequence[str]) -> None:
    """Keep lines under a key. Where that cannot be done, they are not kept."""
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder(), suffix=".new", delete=False) as file:
            file.write(gzip.compress("\n".join(lines).encode(), 1))
        Path(file.name).replace(folder() / f"{name}.gz")
        kept = sorted(folder().glob("*.gz"), key=lambda each: each.stat().st_mtime)
        for old in kept[:-_MOST]:
            old.unlink(missing_ok=True)
