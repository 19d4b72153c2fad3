"""Each question's link opens a state on whose screen its answer stands; the page and the document say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pcdet_sched.questions import QUESTIONS

ROOT = Path(__file__).resolve().parents[2]


def opened(query: str) -> AppTest:
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    at.query_params["q"] = query
    return at.run()


def on_screen(at: AppTest) -> str:
    """What can be read: HTML without its tags and style sheets, texts, values and labels of fields."""
    assert not at.exception, at.exception
    html = "\n".join(element.proto.body for element in at.get("html"))
    html = re.sub(r"<[^>]*>", "", re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL))
    texts = [element.value for kind in ("markdown", "caption", "code") for element in at.get(kind)]
    fields = [f"{field.label}: {field.value}" for kind in ("number_input", "text_input") for field in at.get(kind)]
    return "\n".join([html, *map(str, texts), *fields])


@pytest.mark.parametrize("name", QUESTIONS)
def test_what_a_question_says_is_on_the_screen_that_its_link_opens(name: str) -> None:
    at = opened(name)
    shown = on_screen(at).replace("&#x27;", "'").replace("&quot;", '"')
    for text in QUESTIONS[name].sees:
        assert text in shown
    assert not at.warning
    state = at.session_state["pcdet_sched.tune"]
    assert state.plan == QUESTIONS[name].plan
    assert dict(state.config.edits) == dict(QUESTIONS[name].edits)


def test_the_address_holds_the_state_once_a_question_is_open() -> None:
    at = opened("iterations")
    assert "q" not in at.query_params
    assert at.query_params["s"]


def test_a_question_that_there_is_not_is_said_and_the_page_is_as_it_is() -> None:
    at = opened("why")
    assert "no question of that name" in on_screen(at)
    assert at.session_state["pcdet_sched.tune"].name == "pointpillar.yaml"


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_answered_in_three_sentences_and_says_what_to_look_for(name: str) -> None:
    question = QUESTIONS[name]
    assert question.name == name
    assert len(re.split(r"(?<=[.?!])\s+(?=[A-Z-]|adam_)", question.answer)) == 3
    assert question.sees
    assert re.fullmatch(r"[a-z0-9-]+", name)


def test_the_page_has_every_question_with_a_link_that_opens_a_new_tab() -> None:
    at = AppTest.from_file(str(ROOT / "pages" / "6_Questions.py"), default_timeout=60).run()
    assert not at.exception
    html = "\n".join(element.proto.body for element in at.get("html"))
    for name in QUESTIONS:
        assert f'href="./?q={name}" target="_blank"' in html
