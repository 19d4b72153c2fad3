"""The Questions page, made from the table of questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.language import _, row
from pcdet_sched.questions import PARAMETER, QUESTIONS, THREADS
from pcdet_sched.ui.parts.html import coded, escape

if TYPE_CHECKING:
    from pcdet_sched.questions import Question

_STYLE = """<style>
.ps-card {scroll-margin-top: 4rem} .ps-card a {color: inherit} .ps-open {font-weight: 600; margin-right: 1.2rem}
</style>"""


def questions() -> None:
    """Every question with its answer. A link opens a new tab, so that what is on Tune stays as it is."""
    st.html(_STYLE + "".join(map(_card, QUESTIONS.values())))


def _card(question: Question) -> str:
    # From /Questions, also below a base path, "./" is the first page.
    title = escape(_("Open it on Tune"))
    link = f'<a class="ps-open" href="./?{PARAMETER}={question.name}" target="_blank">{title} ↗</a>'
    threads = row(
        f'<a href="{THREADS}{number}" target="_blank" rel="noreferrer">#{number}</a>' for number in question.threads
    )
    asked = escape(_("asked in"))
    asked_in = f'<span class="ps-facts">{asked} OpenPCDet {threads}</span>' if threads else ""
    return (
        f'<section class="ps-card" id="{question.name}"><h3>{coded(_(question.asked))}</h3>'
        f"<p>{coded(_(question.answer))}</p><p>{link}{asked_in}</p></section>"
    )
