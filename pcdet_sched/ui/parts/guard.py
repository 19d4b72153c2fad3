"""What a visitor sees of an error that nobody foresaw: a sentence and a reference. The log has the rest beside it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from pcdet_sched.language import _
from pcdet_sched.ui.parts.html import callout
from pcdet_sched.ui.parts.speech import speak_to_visitor

_LOG = logging.getLogger(__name__)


@contextmanager
def guarded() -> Iterator[None]:
    """Around a page, or as `@guarded()` on a fragment or a callback: Streamlit runs those outside of the page.

    What is said inside is said in the visitor's language. Streamlit's own signals (rerun, stop) are no `Exception` and
    pass through.
    """
    try:
        speak_to_visitor()
        yield
    except Exception:  # noqa: BLE001 - the last one to see it, and it is logged
        reference = secrets.token_hex(4)
        _LOG.exception("reference %s", reference)
        callout(
            "bad",
            _("Something went wrong here, and it is not your doing."),
            _(
                "Reload the page to go on. If it comes back, tell whoever runs this server the reference {reference}.",
                reference=reference,
            ),
        )
