"""The Compare page without a browser: pins, sources, tables, links and session files."""

from __future__ import annotations

import pytest

from pcdet_sched.share.link import Shared, decode, encode, to_session
from pcdet_sched.zoo import shipped

HOSTILE = "<img src=x onerror=alert(1)>"
YAML = shipped("KITTI", "second").to_yaml()


def names(app) -> list[str]:
    """The names of the curves, without the note of the one that they lie on."""
    return [trace["name"].partition(" = ")[0] for trace in app.figure()["data"][::2]]


def test_first_view_is_the_curve_of_tune_alone_and_says_that_nothing_is_pinned(app):
    app.go("2_Compare")
    assert names(app) == ["on Tune now"]
    assert "Nothing is pinned yet." in app.html


def test_what_is_pinned_on_tune_outlives_edits_and_pages(app):
    app.set("LR", 0.01).pin("high").set("LR", 0.001).go("4_Reference").go("2_Compare")
    assert names(app) == ["on Tune now", "high"]
    (table,) = (frame.value for frame in app.at.dataframe)
    assert table.set_index("run")["peak"].to_dict() == {"on Tune now": 0.001, "high": 0.01}
    assert "<code>LR</code>" in app.html
    assert "<code>WEIGHT_DECAY</code>" not in app.html


def test_one_variable_opens_the_door_for_a_longer_yaml_here_too(app, monkeypatch):
    long = (YAML + "#" * 300_000).encode()
    monkeypatch.setenv("PCDET_SCHED_MAX_UPLOAD_BYTES", "1000")  # for logs and sessions
    app.go("2_Compare").upload("Your own YAML files", ("long.yaml", long))
    assert names(app) == ["on Tune now"]
    monkeypatch.setenv("PCDET_SCHED_MAX_YAML_CHARS", "400000")
    app.upload("Your own YAML files", ("long.yaml", long))
    assert names(app) == ["on Tune now", "long.yaml"]


def test_without_tunes_own_curve_only_the_pins_are_drawn(app):
    app.pin("one").go("2_Compare").set("What is on Tune", False)
    assert names(app) == ["one"]


def test_shipped_models_and_uploads_become_curves(app):
    app.go("2_Compare").set("Shipped models of", "Waymo").click("Add this model")
    app.upload("Your own YAML files", ("a.yaml", YAML.encode()), ("b.yaml", YAML.encode()))
    assert len(names(app)) == 4
    assert names(app)[2:] == ["a.yaml", "b.yaml"]
    assert app.pins[0].plan.samples == 31617, "a shipped model runs on its own data set"


def test_a_file_that_is_no_config_is_said_and_the_others_are_added(app):
    app.go("2_Compare").upload("Your own YAML files", ("bad.yaml", b"[1]"), ("good.yaml", YAML.encode()))
    assert "bad.yaml, " in app.html
    assert names(app) == ["on Tune now", "good.yaml"]


def test_equal_names_are_told_apart(app):
    app.pin("same").pin("same").pin("same").go("2_Compare")
    assert names(app) == ["on Tune now", "same", "same (2)", "same (3)"]


def test_no_more_than_the_limit_can_be_pinned(app, monkeypatch):
    monkeypatch.setenv("PCDET_SCHED_MAX_CURVES", "2")
    app.pin("one").pin("two").pin("three")
    assert [pin.name for pin in app.pins] == ["one", "two"]
    assert "2 curves are pinned already" in app.at.error[0].value
    app.go("2_Compare")
    assert names(app) == ["one", "two"], "Tune's own curve gives way"


@pytest.mark.parametrize("axis", ["iteration", "epoch", "samples", "share"])
def test_every_axis_is_drawn_and_named(app, axis):
    app.go("2_Compare").set("Common axis", axis)
    assert app.figure()["layout"]["xaxis"]["title"]["text"].split()[0] == axis


def test_a_run_that_stops_is_drawn_and_said(app):
    app.set("OPTIMIZER", "sgd").go("2_Compare")
    assert "on Tune now would stop." in app.html


def test_configs_without_a_curve_give_the_reason_and_no_table_of_numbers(app):
    app.upload("Or your own YAML", ("mine.yaml", b"OPTIMIZATION: {OPTIMIZER: adamw}")).go("2_Compare")
    assert "on Tune now is not drawn." in app.html
    assert "No curve: " in app.html
    assert "What differs" not in [title.value for title in app.at.subheader]
    assert not app.at.dataframe


def test_a_pin_is_removed_and_opened_again_on_tune(app):
    app.set("LR", 0.01).set("GPUs", 4).pin("one").set("LR", 0.002).set("GPUs", 2).pin("two").go("2_Compare")
    app.click("Remove", 1)
    assert [pin.name for pin in app.pins] == ["one"]
    app.click("Open on Tune").go("1_Tune")
    assert (app.field("LR").value, app.field("GPUs").value, app.tune.name) == (0.01, 4, "one")
    assert app.tune.config.edits == {"LR": 0.01}
    assert app.figure(0)["data"][0]["name"] == "lr"


def test_an_untouched_page_has_a_clean_address_and_an_edit_fills_it(app):
    assert app.address is None
    app.set("LR", 0.01)
    state = decode(app.address)
    assert state.current.edits == {"LR": 0.01}
    assert state.current.plan == app.tune.plan


def test_a_link_brings_back_tune_plan_and_pins(app, open_app):
    app.upload("Or your own YAML", ("mine.yaml", YAML.encode())).set("LR", 0.01).set("GPUs", 8).set("Epochs", 40)
    app.set("Total batch", 16).set("Trainer", "classic").set("Training samples", 5000).pin("kept")
    other = open_app(app.address)
    assert other.tune.config.optimization == app.tune.config.optimization
    assert other.tune.config.edits == {"LR": 0.01}
    assert (other.tune.plan, other.tune.name) == (app.tune.plan, "mine.yaml")
    fields = {label: other.field(label).value for label in ("LR", "GPUs", "Epochs", "Total batch", "Training samples")}
    assert fields == {"LR": 0.01, "GPUs": 8, "Epochs": 40, "Total batch": 16, "Training samples": 5000}
    assert other.figure(0)["data"][0]["y"] == app.figure(0)["data"][0]["y"]
    other.go("2_Compare")
    assert names(other) == ["on Tune now", "kept"]
    assert decode(other.address) == decode(app.address)


def test_an_edit_after_a_link_was_opened_is_kept(app, open_app):
    app.set("LR", 0.01)
    other = open_app(app.address).set("LR", 0.02)
    assert other.tune.config.optimization["LR"] == 0.02
    assert decode(other.address).current.edits == {"LR": 0.02}


@pytest.mark.parametrize("address", ["", "1.", "1.garbage", "9.abc", HOSTILE, "1." + "A" * 7000, "1.%00é"])
def test_a_damaged_link_gives_a_sentence_and_the_default_page(open_app, address):
    app = open_app(address)
    assert "The link could not be opened." in app.html
    assert HOSTILE not in app.html
    assert app.tune.name == "pointpillar.yaml"
    assert len(app.figure(0)["data"]) > 1
    app.set("LR", 0.01)
    assert decode(app.address).current.edits == {"LR": 0.01}


def test_a_session_file_brings_the_pins_back(app, open_app):
    app.set("LR", 0.01).pin("kept")
    saved = to_session(decode(app.address)).encode()
    other = open_app().go("2_Compare").upload("Open a session file", ("s.json", saved))
    assert names(other) == ["on Tune now", "kept"]
    assert other.tune.config.optimization["LR"] == 0.01


def test_a_broken_session_file_is_said_and_changes_nothing(app):
    app.pin("kept").go("2_Compare").upload("Open a session file", ("s.json", b'{"pins": 1}'))
    assert "no session file" in app.html
    assert names(app) == ["on Tune now", "kept"]


def test_names_and_values_of_a_file_are_shown_as_they_are_never_as_markup(app, open_app):
    text = YAML.replace("OPTIMIZER: adam_onecycle", f"OPTIMIZER: '{HOSTILE}'") + f"    '{HOSTILE}': 5\n"
    app.go("2_Compare").upload("Your own YAML files", (f"{HOSTILE}.yaml", text.encode()))
    assert "<img" not in app.html
    assert "&lt;img" in app.html
    for markdown in (*app.at.markdown, *app.at.caption):
        assert "<img" not in markdown.value
    assert "<img" not in str(app.figure()["data"])
    again = open_app(encode(Shared(None, "", tuple(app.pins)))).go("2_Compare")
    assert "<img" not in again.html
