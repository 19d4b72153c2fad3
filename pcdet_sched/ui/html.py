"""Text on the page: what may stem from a user's file is shown as written, never as HTML or Markdown."""

from __future__ import annotations

from html import escape as _escape
from typing import Literal

import streamlit as st

Tone = Literal["good", "bad", "warn", "note"]
_MARKS: dict[str, str] = {"good": "✓", "bad": "✕", "warn": "!", "note": "i"}


def escape(text: object) -> str:
    """Text for an `st.html` element; the only way in for what a file holds.

    >>> escape("<img src=x onerror=alert(1)>")
    '&lt;img src=x onerror=alert(1)&gt;'
    """
    return _escape(str(text))


def callout(tone: Tone, title: str, text: str = "") -> None:
    """A coloured box with a title and a sentence, both plain text; an alert for screen readers if bad."""
    role = ' role="alert"' if tone == "bad" else ""
    body = f'<span class="ps-text">{escape(text)}</span>' if text else ""
    mark = f'<span class="ps-mark" aria-hidden="true">{_MARKS[tone]}</span>'
    st.html(f'<div class="ps-callout ps-{tone}"{role}>{mark}<div><strong>{escape(title)}</strong> {body}</div></div>')
