"""The Reference page's parts, made from the table of keys and the list of findings."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.findings import CODES
from pcdet_sched.keys import KEYS, OPTIMIZERS
from pcdet_sched.trainer_records import Use
from pcdet_sched.ui.parts.html import escape
from pcdet_sched.ui.parts.values import shown

if TYPE_CHECKING:
    from pcdet_sched.findings import Code
    from pcdet_sched.key import Key

_USES = {
    Use.USED: ("reads it", "ps-yes"),
    Use.REQUIRED: ("needs it valid, ignores it", "ps-some"),
    Use.WARMUP: ("only with LR_WARMUP", "ps-some"),
    Use.AMP: ("only with AMP", "ps-some"),
    Use.UNREAD: ("never reads it", "ps-no"),
}


def search() -> str:
    """The text to look for; empty: everything."""
    return st.text_input("Find a key, a word or a finding", placeholder="warm-up, TypeError, BETAS …").strip().lower()


def keys(wanted: str) -> None:
    """Every key whose texts hold `wanted`, group by group."""
    found = [key for key in KEYS.values() if wanted in _words(key)]
    for group, members in groupby(found, key=lambda key: key.group):
        st.html(f'<h2 class="ps-group">{escape(group)}</h2>' + "".join(map(_key, members)))
    if not found:
        st.caption("No key has that in its texts.")


def findings(wanted: str) -> None:
    """Every kind of finding whose texts hold `wanted`."""
    codes = [code for code in CODES.values() if wanted in f"{code.name} {code.title} {code.explanation}".lower()]
    if codes:
        st.html('<h2 class="ps-group">Findings</h2>' + "".join(map(_code, codes)))


def _words(key: Key) -> str:
    return " ".join((key.name, key.group, key.meaning, key.unit, key.type_text, *key.traps)).lower()


def _key(key: Key) -> str:
    facts = [key.type_text, key.range_text, key.unit, f"new: {shown(key.default)}", f"first read in {key.stage}"]
    facts += ["may be left out"] if key.optional else []
    uses = "".join(_use(optimizer, key.use(optimizer)) for optimizer in OPTIMIZERS)
    traps = "".join(f"<li>{escape(trap)}</li>" for trap in key.traps)
    return (
        f'<section class="ps-card"><h3><code>{escape(key.name)}</code></h3><p>{escape(key.meaning)}</p>'
        f'<p class="ps-facts">{escape(" · ".join(filter(None, facts)))}</p>'
        f'<ul class="ps-uses">{uses}</ul><ul class="ps-traps">{traps}</ul></section>'
    )


def _use(optimizer: str, use: Use) -> str:
    text, look = _USES[use]
    return f'<li class="{look}"><b>{escape(optimizer)}</b> {escape(text)}</li>'


def _code(code: Code) -> str:
    tone = {"error": "bad", "warning": "warn", "info": "note"}[code.severity]
    return (
        f'<section class="ps-card"><h3><code>{escape(code.name)}</code> '
        f'<span class="ps-tag ps-{tone}">{escape(code.severity)}</span></h3>'
        f"<p><b>{escape(code.title)}.</b> {escape(code.explanation)}</p></section>"
    )
