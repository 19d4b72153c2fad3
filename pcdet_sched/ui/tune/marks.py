"""Marks at fields: dimmed with the reason, or coloured with what is wrong.

The sentences are drawn by a style sheet: that costs one element for all fields rather than one for each.
"""

from __future__ import annotations

from typing import Literal

import streamlit as st

FieldLook = Literal["plain", "dim", "warning", "error"]
_QUIET = "color-mix(in srgb, currentColor 74%, transparent)"
_AMBER, _RED = "light-dark(#8a5200, #f0b95b)", "light-dark(#b42318, #ff8f80)"
# The colour of the label and the sentence, and the look of the box.
_LOOKS: dict[FieldLook, tuple[str, str]] = {
    "plain": (_QUIET, ""),
    "dim": (_QUIET, "background: transparent; border-style: dashed"),
    "warning": (_AMBER, f"border-color: {_AMBER}"),
    "error": (_RED, f"border-color: {_RED}"),
}


def mark_fields(marks: dict[str, tuple[FieldLook, str]]) -> None:
    """Mark fields: the session key of each → its look and one sentence, which is shown below the field."""
    rules = (_rule(name, look, text) for name, (look, text) in marks.items())
    st.html(f"<style>.ps-none{{}}{''.join(rules)}</style>")


def _rule(name: str, look: FieldLook, text: str) -> str:
    color, box = _LOOKS[look]
    field = f".st-key-{name}"
    said = (
        f'{field}::after{{content:"{_css_string(text)}";display:block;font-size:.74rem;line-height:1.25;color:{color}}}'
    )
    if look == "plain":
        return said
    return (
        f"{said}{field} [data-testid=stWidgetLabel] p{{color:{color}}}"
        f"{field} :is([data-testid=stTextInputRootElement],[data-testid=stNumberInputContainer],[role=group]){{{box}}}"
    )


def _css_string(text: str) -> str:
    r"""A text inside a CSS string and a style element: whatever could end either is written as a code point.

    >>> _css_string('a"</style>')
    'a\\22 \\3c \\2f style\\3e '
    """
    return "".join(c if c.isalnum() or c in " .,_-" else f"\\{ord(c):x} " for c in text)
