"""The checkout that `pcdet-sched app --checkout` serves: the owner names it on the command line, no page can."""

from __future__ import annotations

import os
from pathlib import Path

from pcdet_sched.checkout.find import Checkout, find

VARIABLE = "_PCDET_SCHED_CHECKOUT"
"""How the command line hands the path on to the server's process."""


def served() -> Checkout | None:
    """The checkout of this server, its files as they are now; None for a server without one. Raises CheckoutError."""
    path = os.environ.get(VARIABLE)
    return find(Path(path)) if path else None
