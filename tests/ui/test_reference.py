"""The Reference page has every key and every finding, finds them, and answers to an error of the trainer."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pcdet_sched.findings import CODES
from pcdet_sched.keys import KEYS
from pcdet_sched.trainer_records import NAMES, Use, find
from pcdet_sched.ui.reference import _columns, _contents

PAGE = Path(__file__).resolve().parents[2] / "pages" / "4_Reference.py"


def page(wanted: str = "") -> AppTest:
    at = AppTest.from_file(str(PAGE), default_timeout=60).run()
    return at.text_input(key="reference-search").set_value(wanted).run() if wanted else at


def text(at: AppTest) -> str:
    assert not at.exception
    return "\n".join(element.proto.body for element in at.get("html"))


def card(name: str) -> str:
    return f'<section class="ps-card" id="{name}">'


def test_every_key_and_every_finding_has_its_card_and_the_contents_lead_to_it() -> None:
    shown = text(page())
    for name in (*KEYS, *CODES):
        assert card(name) in shown
        assert f'<a href="#{name}"' in shown


@pytest.mark.parametrize("wanted", ["DIV_FACTOR", "div_factor", "DIV_FACTOR ends"])
def test_a_search_leaves_what_holds_each_of_its_words(wanted: str) -> None:
    shown = text(page(wanted))
    assert card("DIV_FACTOR") in shown
    assert card("NUM_EPOCHS") not in shown
    assert "<nav" not in shown


def test_a_search_without_a_hit_says_so() -> None:
    at = page("zebra")
    assert "<h3>" not in text(at)
    assert "No key" in at.caption[0].value


def test_an_error_is_answered_with_cause_finding_and_fix_and_their_cards_alone() -> None:
    shown = text(page("TypeError: step() takes from 1 to 2 positional arguments but 3 were given"))
    assert "adam and sgd cannot train on master" in shown
    assert "→ Write <code>OPTIMIZER: adam_onecycle</code>" in shown
    assert card("OPTIMIZER") in shown
    assert card("step-decay-on-master") in shown
    assert shown.count('<section class="ps-card"') == 2


def test_an_error_with_several_causes_lists_them() -> None:
    shown = text(page("TypeError: '<=' not supported between instances of 'float' and 'str'"))
    assert shown.index("<code>LR</code>") < shown.index("<code>WEIGHT_DECAY</code>") < shown.index("<code>BETAS</code>")


def test_an_error_of_another_kind_is_said_to_be_none_of_the_block() -> None:
    shown = text(page("RuntimeError: CUDA out of memory <b>"))
    assert "no exception that a value of OPTIMIZATION leads to" in shown
    assert "<b>" not in shown.replace("<b></b>", "")


@pytest.mark.parametrize("name", NAMES)
def test_the_table_says_of_each_trainer_what_its_record_says(name: str) -> None:
    at = page()
    at.selectbox(key="reference-trainer").set_value(name).run()
    trainer, shown = find(name), text(at)
    for key in (*KEYS, *trainer.own_keys):
        row = shown[shown.index(f'<th scope="row"><code>{key}</code>') :].partition("</tr>")[0]
        uses = [trainer.use(key, block) for block in _columns(trainer).values()]
        assert row.count("never read") == uses.count(Use.UNREAD)
        assert row.count("read and used") == uses.count(Use.USED)
    listed = ", ".join(_columns(trainer))
    assert all(optimizer.name in listed for optimizer in trainer.optimizers)


def test_the_contents_name_each_severity_once_with_all_its_findings() -> None:
    counts = [int(count) for count in re.findall(r"</b> \((\d+)\)</summary>", _contents(KEYS.values(), CODES.values()))]
    assert len(counts) == len({code.severity for code in CODES.values()})
    assert sum(counts) == len(CODES)
