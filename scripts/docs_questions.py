"""Write docs/questions.md from the table of questions: `python scripts/docs_questions.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pcdet_sched.questions import PARAMETER, QUESTIONS, THREADS, Question

TARGET = Path(__file__).resolve().parents[1] / "docs" / "questions.md"


def document() -> str:
    """The whole page."""
    return "\n".join([*_head(), *(row for question in QUESTIONS.values() for row in _question(question))])


def _head() -> Iterator[str]:
    yield from ("# Questions", "")
    yield "Made by `scripts/docs_questions.py` from `pcdet_sched/questions.py`; edit that."
    yield ""
    yield "What OpenPCDet's users ask most. Each link opens a state of the app that shows the answer: click it on the"
    yield "app's own Questions page, or put it behind the address of a running one, `http://localhost:8501/?q=fewer-gpus`."
    yield ""


def _question(question: Question) -> Iterator[str]:
    yield from (f"## {question.asked}", "", question.answer, "")
    threads = ", ".join(f"[#{number}]({THREADS}{number})" for number in question.threads)
    asked = f" Asked in {threads}." if threads else ""
    yield from (f"[Open it on Tune](/?{PARAMETER}={question.name}).{asked}", "")


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
    print(f"wrote {TARGET}")
