"""The Reference page has every key and every finding, and finds them."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from pcdet_sched.findings import CODES
from pcdet_sched.keys import KEYS

PAGE = Path(__file__).resolve().parents[2] / "pages" / "4_Reference.py"


def page():
    return AppTest.from_file(str(PAGE), default_timeout=60).run()


def text(at):
    assert not at.exception
    return "\n".join(element.proto.body for element in at.get("html"))


def test_every_key_and_every_finding_has_its_card():
    shown = text(page())
    for name in (*KEYS, *CODES):
        assert f"<h3><code>{name}</code>" in shown


def test_a_search_leaves_what_holds_the_word():
    at = page()
    at.text_input[0].set_value("DIV_FACTOR").run()
    assert "<h3><code>DIV_FACTOR</code>" in text(at)
    assert "<h3><code>NUM_EPOCHS</code>" not in text(at)


def test_a_search_without_a_hit_says_so():
    at = page()
    at.text_input[0].set_value("zebra").run()
    assert "<h3>" not in text(at)
    assert "No key" in at.caption[0].value
