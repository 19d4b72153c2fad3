"""Write docs/questions.md, in every language, from the table of questions: `make translated`."""

from __future__ import annotations

from collections.abc import Iterator

from pcdet_sched.language import _, row
from pcdet_sched.questions import PARAMETER, QUESTIONS, THREADS, Question

PAGE = "questions.md"


def document() -> str:
    """The whole page, in the language in force."""
    return "\n".join([*_head(), *(row for question in QUESTIONS.values() for row in _question(question))])


def _head() -> Iterator[str]:
    yield from ("# " + _("Questions"), "")
    yield from (_("Made by `scripts/docs_questions.py` from `pcdet_sched/questions.py`; edit that."), "")
    yield _(
        "What OpenPCDet's users ask most. Each link opens a state of the app that shows the answer: click it on the "
        "app's own Questions page, or put it behind the address of a running one, `http://localhost:8501/?q=fewer-gpus`."
    )
    yield ""


def _question(question: Question) -> Iterator[str]:
    yield from (f"## {_(question.asked)}", "", _(question.answer), "")
    threads = row(f"[#{number}]({THREADS}{number})" for number in question.threads)
    asked = " " + _("Asked in {threads}.", threads=threads) if threads else ""
    yield from ("[" + _("Open it on Tune") + f"](/?{PARAMETER}={question.name}).{asked}", "")
