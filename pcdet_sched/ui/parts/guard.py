"""What a visitor sees of an error that nobody foresaw: a sentence and a reference. The log has the rest beside it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from pcdet_sched.ui.parts.html import callout

_LOG = logging.getLogger(__name__)


@contextmanager
def guarded() -> Iterator[None]:
    """Around a page, or as `@guarded()` on a fragment or a callback: Streamlit runs those outside of the page.

    Streamlit's own signals (rerun, stop) are no `Exception` and pass through.
    """
    try:
        yield
    except Exception:  # noqa: BLE001 - the last one to see it, and it is logged
        reference = secrets.token_hex(4)
        _LOG.exception("reference %s", reference)
        callout(
            "bad",
            "Something went wrong here, and it is not your doing.",
            f"Reload the page to go on. If it comes back, tell whoever runs this server the reference {reference}.",
        )
