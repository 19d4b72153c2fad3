"""Text on the page: what may stem from a user's file is shown as written, never as HTML or Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape as _escape
from typing import TYPE_CHECKING, Literal

import streamlit as st

from pcdet_sched.language import _, begun, stopped

if TYPE_CHECKING:
    from pcdet_sched.simulation import Run

Tone = Literal["good", "bad", "warn", "note"]
_CODE = re.compile("`([^`]+)`")
_NUMBER = re.compile(r"[-+]?[\d.,]+(e[-+]?\d+)?%?")
_LONG = 24
_MARKS: dict[str, str] = {"good": "✓", "bad": "✕", "warn": "!", "note": "i"}


def escape(text: object) -> str:
    """Text for an `st.html` element; the only way in for what a file holds.

    >>> escape("<img src=x onerror=alert(1)>")
    '&lt;img src=x onerror=alert(1)&gt;'
    """
    return _escape(str(text))


def coded(text: object) -> str:
    """Escaped text in which what stands between backticks is set as code.

    >>> coded("write `<b>`")
    'write <code>&lt;b&gt;</code>'
    """
    return _CODE.sub(r"<code>\1</code>", escape(text))


def sentence(text: object) -> str:
    """What an error says, set as a sentence of its own: a capital, unless it begins with a name in code, and one stop.

    >>> sentence("an lr is a number"), sentence("adam_onecycle cannot be written."), sentence("lr is a number")
    ('An lr is a number.', 'adam_onecycle cannot be written.', 'lr is a number.')
    """
    return begun(stopped(str(text).removesuffix(".").removesuffix("。")))


def heading(text: str) -> None:
    """The name of a group of fields. Streamlit's own heading costs a browser five times as much at every edit."""
    st.html(f'<h2 class="ps-fields">{escape(text)}</h2>')


def callout(tone: Tone, title: str, text: str = "") -> None:
    """A coloured box: title and sentence, plain text but for code in backticks; an alert to screen readers if bad."""
    st.html(callout_html(tone, title, text))


def callout_html(tone: Tone, title: str, text: str = "") -> str:
    """What `callout` shows, for an element that holds more."""
    role = ' role="alert"' if tone == "bad" else ""
    body = f'<span class="ps-text">{coded(text)}</span>' if text else ""
    mark = f'<span class="ps-mark" aria-hidden="true">{_MARKS[tone]}</span>'
    return f'<div class="ps-callout ps-{tone}"{role}>{mark}<div><strong>{coded(title)}</strong> {body}</div></div>'


def no_curve(run: Run) -> bool:
    """Say that there is no curve to work with, where there is none."""
    if run.has_curve and run.total_iterations:
        return False
    why = _("This needs a block that the trainer, or its author's meaning, makes one of.")
    callout("note", _("There is no curve."), why)
    return True


def table_html(heads: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table of plain text that scrolls sideways by itself where it is too wide; cells are cut at 300 characters."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in heads)
    body = "".join(f"<tr>{''.join(_cell(str(cell)[:300]) for cell in row)}</tr>" for row in rows)
    return f'<div class="ps-scroll"><table class="ps-table"><tr>{head}</tr>{body}</table></div>'


def _cell(text: str) -> str:
    """A number in one line, what is long not in a column of single words.

    >>> _cell("1.00012e-07"), _cell("warm-up")
    ('<td class="ps-number">1.00012e-07</td>', '<td>warm-up</td>')
    """
    look = ' class="ps-number"' if _NUMBER.fullmatch(text) else ' class="ps-long"' if len(text) > _LONG else ""
    return f"<td{look}>{escape(text)}</td>"
