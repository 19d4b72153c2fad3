"""A sentence is said in the language that was asked for, and in English where there is no such language."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
from babel.messages import Catalog
from babel.messages.pofile import write_po

from pcdet_sched import language
from pcdet_sched.language import _, current, languages, ngettext, of_the_terminal, speak, speaking


@pytest.fixture(autouse=True)
def languages_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Two made-up catalogues beside those of the package, for this test alone."""
    for tag, sentence in (("eo", "{n} aliaj ŝlosiloj"), ("sr_Latn", "{n} ključeva")):
        catalogue = Catalog(locale=tag)
        catalogue.add(("{n} key", "{n} keys"), (sentence,) * catalogue.num_plurals)
        catalogue.add("Peak {lr} at {k}", "Je {k}: {lr}")
        file = tmp_path / tag / "LC_MESSAGES" / "pcdet_sched.po"
        file.parent.mkdir(parents=True)
        with file.open("wb") as out:
            write_po(out, catalogue)
    monkeypatch.setenv(language.FOLDERS, str(tmp_path))
    _forget()
    yield
    speak("en")
    _forget()


def _forget() -> None:
    for cached in (language.catalogues, language._matching, language._catalogue):
        cached.cache_clear()


def test_values_go_in_by_name_after_the_translation():
    with speaking("eo"):
        assert _("Peak {lr} at {k}", lr=0.003, k=8) == "Je 8: 0.003"
        assert ngettext("{n} key", "{n} keys", 2, n=2) == "2 aliaj ŝlosiloj"


def test_a_sentence_without_a_translation_is_said_in_english():
    with speaking("eo"):
        assert _("Nobody translated {this}.", this="me") == "Nobody translated me."


def test_braces_stay_where_no_value_goes_in():
    assert _("OPTIMIZATION: {LR: 0.003}") == "OPTIMIZATION: {LR: 0.003}"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [("eo", "eo"), ("eo-XX", "en"), ("sr-Latn-RS", "sr_Latn"), ("sr_RS.UTF-8", "sr_Latn"),
     ("en-GB", "en"),      ("C.UTF-8", "en"), ("POSIX", "en"), ("", "en"), ("xx", "en"), ("../../etc", "en"),
     ("zh-CN", "zh_Hans"), ("zh", "zh_Hans")],
)  # fmt: skip
def test_a_tag_finds_its_language_as_browsers_and_locales_spell_it(tag: str, expected: str):
    if expected == "zh_Hans":
        assert expected in languages()
    with speaking(tag):
        assert current() == expected


def test_each_thread_has_a_language_of_its_own():
    seen = []
    with speaking("eo"):
        thread = Thread(target=lambda: seen.append(current()))
        thread.start()
        thread.join()
        assert (current(), seen) == ("eo", ["en"])


def test_a_command_goes_by_its_own_variable_before_the_locale(monkeypatch: pytest.MonkeyPatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", language.ENVIRONMENT):
        monkeypatch.delenv(name, raising=False)
    assert of_the_terminal() == "en"
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert of_the_terminal() == "zh_CN.UTF-8"
    monkeypatch.setenv(language.ENVIRONMENT, "eo")
    assert of_the_terminal() == "eo"


@pytest.mark.slow
def test_babel_is_not_imported_for_english():
    code = (
        "import sys; from pcdet_sched.language import _, speak; speak('en-US'); _('x'); print('babel' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
