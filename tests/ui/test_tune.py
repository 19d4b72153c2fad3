"""The Tune page without a browser: what it shows first, after an upload, and after edits."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

import pcdet_sched as ps
from pcdet_sched.keys import KEYS, OPTIMIZERS, use_of
from pcdet_sched.trainer_records import Use, find
from pcdet_sched.zoo import shipped


def drawn(trace, axis="y"):
    """The numbers of a trace, however plotly has packed them."""
    values = trace[axis]
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
    return np.array(values, dtype=float)


def test_first_view_is_a_shipped_model_already_drawn(tune):
    tune.well()
    run = ps.simulate(tune.state.config, ps.RunPlan(samples=3712))
    lr, momentum = tune.figure["data"][:2]
    np.testing.assert_array_equal(drawn(lr), run.curve["lr"])
    np.testing.assert_array_equal(drawn(lr, "x"), run.curve["iteration"])
    np.testing.assert_array_equal(drawn(momentum), run.curve["momentum"])
    assert "Trains on master." in tune.html
    assert "74,240" in tune.html


def test_every_key_has_one_field_labelled_with_its_name(tune):
    for name in KEYS:
        assert tune.field(name).label == name


def test_an_edited_lr_is_what_is_drawn(tune):
    tune.set("LR", 0.01)
    config = tune.state.loaded.edit({"LR": 0.01})
    assert tune.state.config.edits == {"LR": 0.01}
    np.testing.assert_array_equal(
        drawn(tune.figure["data"][0]), ps.simulate(config, ps.RunPlan(samples=3712)).curve["lr"]
    )


def test_a_value_edited_back_is_no_edit(tune):
    tune.set("LR", 0.01).set("LR", 0.003)
    assert tune.state.config.edits == {}
    assert tune.state.config.to_yaml() == tune.state.config.text


def test_an_int_in_the_file_stays_an_int_while_nothing_is_lost(tune):
    assert type(tune.set("DIV_FACTOR", 25.0).state.config.edits["DIV_FACTOR"]) is int
    assert tune.set("DIV_FACTOR", 2.5).state.config.edits["DIV_FACTOR"] == 2.5


@pytest.mark.parametrize("trainer", ["master", "classic"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_each_optimizer_shows_the_verdict_of_its_release(tune, optimizer, trainer):
    tune.set("Trainer", trainer).set("WARMUP_ITER", 500).set("OPTIMIZER", optimizer)
    stops = {("adam", "master"), ("sgd", "master"), ("adam_cosineanneal", "classic")}
    if (optimizer, trainer) in stops:
        assert "Stops" in tune.html
        assert tune.figure["data"][0]["line"]["dash"] == "dash"
    else:
        assert f"Trains on {trainer}." in tune.html
        assert tune.figure["data"][0]["line"]["dash"] == "solid"


def test_a_block_that_nobody_is_known_to_train_gets_no_tick(tune, block):
    assert "ps-callout ps-good" in tune.html
    tune.upload(block + "    SCHEDULER: None\n")
    assert "Not known: " in tune.html
    assert "ps-callout ps-good" not in tune.html
    assert tune.html.count("No known fork does either") == 1
    assert "– per GPU" not in tune.html


def fold(tune):
    """The line that folds fields away, and the names of those in it."""
    found = [block for block in tune.at.get("expander") if "not read" in block.label]
    assert len(found) <= 1
    inside = found and [w.label for kind in FIELDS for w in found[0].get(kind)]
    return found[0] if found else None, set(inside or [])


FIELDS = ("number_input", "selectbox", "text_input", "button_group")


@pytest.mark.parametrize("trainer", ["master", "classic"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_what_an_optimizer_does_not_read_is_folded_and_all_else_is_not(tune, optimizer, trainer):
    tune.set("Trainer", trainer).set("OPTIMIZER", optimizer)
    block = tune.state.config.optimization
    record = find(trainer)
    away = {name for name in KEYS if use_of(name, optimizer, block, trainer=record) in (Use.UNREAD, Use.WARMUP)}
    line, inside = fold(tune)
    if optimizer == "adam_cosineanneal" and trainer == "classic":  # which does not know it, so nothing is said of keys
        assert (line, away) == (None, set())
        return
    of = "" if trainer == "master" else " of classic"
    assert line.label == f"{len(away)} keys that {optimizer}{of} does not read"
    assert inside == away
    assert not line.proto.expanded


def test_folded_fields_keep_their_values(tune):
    before = {key: value for key, value in tune.state.config.optimization.items() if key != "OPTIMIZER"}
    tune.set("OPTIMIZER", "sgd").set("OPTIMIZER", "adam_onecycle").set("LR_DECAY", 0.5)
    assert tune.state.config.edits == {"LR_DECAY": 0.5}
    tune.set("OPTIMIZER", "sgd").set("OPTIMIZER", "adam_onecycle")
    assert tune.state.config.optimization == before | {"OPTIMIZER": "adam_onecycle", "LR_DECAY": 0.5}
    assert tune.field("LR_DECAY").value == 0.5


def test_a_fold_with_an_error_in_it_is_open(tune):
    tune.set("OPTIMIZER", "sgd").set("MOMS", "0.9")
    line, inside = fold(tune)
    assert "MOMS" in inside
    assert line.proto.expanded
    assert not fold(tune.set("MOMS", "0.9, 0.8"))[0].proto.expanded


def test_the_fold_follows_the_record_of_a_fork(tune, one_key):
    tune.upload(one_key("OPTIMIZER", "    OPTIMIZER: adamw") + "    SCHEDULER: poly\n")
    line, inside = fold(tune)
    assert "adamw of CVMI-Lab/PLA does not read" in line.label
    assert "MOMS" in inside


def test_a_key_that_is_read_without_effect_says_so_at_its_field(tune):
    generation = tune.state.generation
    assert f'.st-key-f{generation}-0-DECAY_STEP_LIST::after{{content:"adam_onecycle needs it to be valid' in tune.html
    assert f".st-key-f{generation}-0-LR::after" not in tune.html
    assert f".st-key-f{generation}-0-MOMENTUM::after" not in tune.html


def test_a_good_upload_is_drawn_with_its_own_data_set(tune, block):
    tune.upload(block.replace("0.003", "0.02"))
    assert tune.state.name == "mine.yaml"
    assert tune.state.plan.samples == 123580
    assert drawn(tune.figure["data"][0]).max() == 0.02
    assert tune.field("LR").value == 0.02


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a: [1\nb: 2\n", "line 2"),
        ("- 1\n- 2\n", "mapping"),
        ("MODEL: {}\n", "OPTIMIZATION"),
        (b"OPTIMIZATION:\n    LR: 0.003 # \xff\xfe\n", "line 2"),
        ("# " + "x" * 1_000_001 + "\nOPTIMIZATION: {}\n", "more than 262,144"),
    ],
    ids=["not YAML", "not a mapping", "no OPTIMIZATION", "not UTF-8", "too large"],
)
def test_a_bad_upload_is_one_sentence_and_what_was_there_stays(tune, block, content, said):
    before = tune.set("LR", 0.004).figure["data"][0]["y"]
    tune.upload(content, "broken.yaml")
    assert "That file could not be read." in tune.html
    assert "broken.yaml" in tune.state.error
    assert said in tune.state.error
    assert tune.figure["data"][0]["y"] == before
    assert tune.state.config.edits == {"LR": 0.004}
    tune.upload(block)
    assert "could not be read" not in tune.html
    assert tune.state.name == "mine.yaml"


def test_a_number_written_as_text_is_shown_as_it_is_and_kept(tune, one_key):
    tune.upload(one_key("LR", "    LR: 1e-3"))
    field = tune.field("LR")
    assert (field.type, field.value) == ("text_input", "1e-3")
    assert tune.state.config.edits == {}
    tune.set("LR", "2e-3")
    assert tune.state.config.edits == {"LR": 0.002}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("LR", "-1"),
        ("LR", ".nan"),
        ("LR", "null"),
        ("NUM_EPOCHS", "80.5"),
        ("NUM_EPOCHS", "1" + "0" * 60),
        ("MOMS", "0.9"),
        ("MOMS", "[0.9, x]"),
        ("OPTIMIZER", "[adam]"),
        ("OPTIMIZER", "adamW_onecycle"),
        ("LR_WARMUP", "maybe"),
        ("DECAY_STEP_LIST", "{a: 1}"),
    ],
)
def test_a_value_of_another_kind_neither_crashes_the_page_nor_is_changed(tune, one_key, key, value):
    tune.upload(one_key(key, f"    {key}: {value}"))
    assert tune.state.error == ""
    assert tune.state.config.edits == {}
    tune.set("WEIGHT_DECAY", 0.02)
    assert tune.state.config.edits == {"WEIGHT_DECAY": 0.02}


def test_lists_are_edited_as_lists(tune):
    tune.set("MOMS", "0.9, 8e-1").set("DECAY_STEP_LIST", "[10, 20, 30]")
    assert tune.state.config.edits == {"MOMS": [0.9, 0.8], "DECAY_STEP_LIST": [10, 20, 30]}


def test_a_list_that_cannot_be_read_is_said_at_its_field_and_changes_nothing(tune):
    tune.set("MOMS", "0.9")
    assert tune.state.config.edits == {}
    assert "MOMS takes 2 numbers" in tune.html


def test_an_emptied_field_takes_its_key_out_and_a_filled_one_adds_it(tune):
    tune.set("MOMENTUM", None).set("LOSS_SCALE_FP16", 1024.0)
    assert tune.state.config.edits == {"MOMENTUM": None, "LOSS_SCALE_FP16": 1024.0}
    assert "MOMENTUM" not in tune.state.config.to_yaml()


def test_unknown_keys_are_shown_and_kept(tune, block):
    tune.upload(block + "    FREEZE_BACKBONE: True\n")
    assert any("FREEZE_BACKBONE: True" in code.value for code in tune.at.code)
    assert "FREEZE_BACKBONE: True" in tune.set("LR", 0.01).state.config.to_yaml()


def test_stages_among_the_unknown_keys_are_shown_as_yaml(tune, block):
    tune.upload(block + "    STUDENT:\n        LR: 0.01\n        DECAY_STEP_LIST: [35, 45]\n    OWN: [{a: 1}]\n")
    shown = [code.value for code in tune.at.code if "STUDENT" in code.value]
    assert [yaml.safe_load(text) for text in shown] == [
        {"STUDENT": {"LR": 0.01, "DECAY_STEP_LIST": [35, 45]}, "OWN": [{"a": 1}]}
    ]
    assert "STUDENT:\n  LR: 0.01\n" in shown[0]


def test_a_finding_says_what_to_write_once(tune, one_key):
    tune.upload(one_key("DIV_FACTOR", '    DIV_FACTOR: "10"'))
    (said,) = re.findall(r"[^>]*DIV_FACTOR[^<]*</strong>.*?</div>", tune.html, re.DOTALL)[:1]
    assert said.count("→") + said.count("write") <= 1


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "[a](javascript:alert(1))", "</style><b>"])
def test_text_from_a_file_is_never_html(tune, block, name):
    tune.upload(block + f'    "{name}": "{name}"\n' + f'    "LR_WARMUPS{name}": 1\n', f"{name}.yaml")
    for text in tune.html.split("<style"):
        assert "<img" not in text
        assert "<b>" not in text.replace("<b></b>", "")
    assert not any("javascript:" in element.value for element in tune.at.markdown)


def test_the_run_plan_gives_the_iterations(tune):
    tune.set("GPUs", 8)
    assert tune.state.plan == ps.RunPlan(samples=3712, gpus=8)
    assert "116 per epoch" in tune.html
    tune.set("Total batch", 64).set("Epochs", 10)
    assert tune.state.plan == ps.RunPlan(samples=3712, gpus=8, batch_size=64, epochs=10)


def test_the_merge_flag_draws_a_run_that_ends_in_the_warm_up(tune):
    tune.set("Merge all iterations to one epoch", True)
    assert drawn(tune.figure["data"][0]).max() < 0.001


def test_a_data_set_brings_its_samples_and_other_samples_leave_it(tune):
    tune.set("Data set", "nuScenes train")
    assert tune.state.plan.samples == 28130
    tune.set("Training samples", 1234)
    assert tune.state.plan.samples == 1234
    assert tune.field("Data set").value == "Custom"


def test_another_family_and_model_bring_their_block_and_data_set(tune):
    tune.set("Shipped models of", "Waymo")
    tune.set("Model", "dsvt_voxel")
    assert tune.state.name == "dsvt_voxel.yaml"
    assert tune.state.plan.samples == 158081


def test_reset_brings_the_file_back(tune):
    tune.set("LR", 0.01)
    next(button for button in tune.at.button if button.label == "Reset").click()
    tune.at.run()
    assert tune.well().state.config.edits == {}
    assert tune.field("LR").value == 0.003


def test_edits_are_still_there_after_a_look_at_another_page(tune):
    tune.set("LR", 0.01)
    tune.at.switch_page("pages/4_Reference.py").run()
    tune.well().at.switch_page("pages/1_Tune.py").run()
    assert tune.well().state.config.edits == {"LR": 0.01}
    assert tune.field("LR").value == 0.01


def press(tune, label):
    [button] = [button for button in tune.at.button if button.label == label]
    button.click()
    tune.at.run()
    return tune.well()


def test_the_verdict_has_the_one_button_that_mends_what_stops_the_run(tune):
    tune.set("PCT_START", -0.1)
    assert "Stops" in tune.html
    assert "Trains on master." in press(tune, "Fix").html
    assert not [button for button in tune.at.button if button.label == "Fix"]


def test_a_warning_has_its_button_beside_it(tune):
    tune.set("DIV_FACTOR", 0.5)
    assert "Stops" not in tune.html
    assert tune.state.report.warnings
    fixes = [finding for finding in tune.state.report.warnings if finding.fix]
    assert len([button for button in tune.at.button if button.label == "Fix"]) == len(fixes)


def test_the_trainer_field_says_what_auto_found(tune, one_key):
    assert '.st-key-plan-trainer::after{content:"\\2192  master"' in tune.html
    tune.upload(one_key("OPTIMIZER", "    OPTIMIZER: adamw") + "    SCHEDULER: poly\n")
    assert '.st-key-plan-trainer::after{content:"\\2192  CVMI-Lab\\2f PLA"' in tune.html
    tune.set("Trainer", "classic")
    assert ".st-key-plan-trainer::after" not in tune.html


def test_where_no_trainer_is_certain_the_verdict_offers_those_that_know_the_block(tune, one_key):
    tune.upload(one_key("OPTIMIZER", "    OPTIMIZER: adamW") + "    SCHEDULER: poly\n")
    report = tune.state.report
    assert report.resolved.trainer is None
    name = report.resolved.candidates[0]
    press(tune, f"Draw as {name}")
    assert tune.state.plan.trainer == name
    assert tune.field("Trainer").value == name


def second(tune, content):
    [field] = [field for field in tune.at.file_uploader if field.label == "Second file"]
    field.upload("opt.yaml", content.encode(), "application/yaml")
    tune.at.run()
    return tune.well()


def test_a_second_file_is_asked_for_only_beside_one_of_ones_own(tune, block):
    assert not [field for field in tune.at.file_uploader if field.label == "Second file"]
    tune.upload(block)
    second(tune.set("NUM_EPOCHS", 5), "OPTIMIZATION: {LR: 0.5} # mine\n")
    assert tune.field("LR").value == 0.5
    assert tune.state.config.edits == {"NUM_EPOCHS": 5}
    tune.set("LR", 0.25)
    assert tune.state.config.beside_yaml() == "OPTIMIZATION: {LR: 0.25} # mine\n"
    assert "Download the second file" in [button.label for button in tune.at.get("download_button")]
    tune.set("Shipped models of", "Waymo")
    assert not [field for field in tune.at.file_uploader if field.label == "Second file"]


def test_a_file_without_a_block_opens_with_the_second_that_has_it(tune, block):
    tune.upload("MODEL: {}\n")
    assert "could not be read" in tune.html
    second(tune, block.replace("0.003", "0.02"))
    assert tune.state.error == ""
    assert tune.field("LR").value == 0.02
    assert tune.state.config.to_yaml() == "MODEL: {}\n"


@pytest.fixture
def staged(block):
    """A file with a stage of its own LR inside its block."""
    stage = block.partition("OPTIMIZATION:\n")[2].replace("0.003", "0.007")
    return block + "    PRETRAIN:\n" + "".join(f"    {row}\n" for row in stage.splitlines())


def test_of_several_blocks_one_is_shown(tune, staged):
    tune.upload(staged)
    assert tune.field("Stage").value == "OPTIMIZATION"
    tune.set("Stage", "OPTIMIZATION.PRETRAIN")
    assert tune.field("LR").value == 0.007
    assert drawn(tune.figure["data"][0]).max() == 0.007


def test_edits_of_every_stage_outlive_a_look_at_another(tune, staged):
    tune.upload(staged).set("LR", 0.02).set("Stage", "OPTIMIZATION.PRETRAIN").set("LR", 0.03)
    tune.set("Stage", "OPTIMIZATION")
    assert tune.field("LR").value == 0.02
    assert tune.state.config.to_yaml() == staged.replace("0.003", "0.02").replace("0.007", "0.03")
    assert tune.field("Stage").options == ["OPTIMIZATION · 1 edit", "PRETRAIN · 1 edit"]


def test_reset_stays_on_the_stage_that_is_shown(tune, staged):
    tune.upload(staged).set("Stage", "OPTIMIZATION.PRETRAIN").set("LR", 0.03)
    press(tune, "Reset")
    assert tune.field("Stage").value == "OPTIMIZATION.PRETRAIN"
    assert tune.field("LR").value == 0.007
    assert tune.state.config.to_yaml() == staged


def paste(tune, text):
    tune.at.text_area[0].set_value(text)
    tune.at.run()
    return tune.well()


def test_pasted_text_is_read_like_a_file_and_its_box_is_empty_again(tune, block):
    paste(tune, block.replace("0.003", "0.005"))
    assert tune.state.name == "pasted.yaml"
    assert tune.field("LR").value == 0.005
    assert tune.at.text_area[0].value == ""


def test_a_pasted_log_opens_the_block_that_it_prints(tune):
    log = Path(__file__).with_name("train.log").read_text()
    paste(tune, log)
    assert tune.state.name == "log.yaml"
    assert tune.state.config.optimization["LR"] == 0.01
    assert "RuntimeError: CUDA out of memory" in tune.html
    assert "No OPTIMIZATION key is known to cause this." in tune.html


def test_a_pasted_error_shows_what_causes_it(tune):
    paste(tune, "TypeError: can't multiply sequence by non-int of type 'numpy.float64'")
    assert "multiplies every weight" in tune.html
    assert tune.state.name == "pointpillar.yaml"


def test_a_pasted_error_is_named_and_the_config_stays(tune):
    tune.set("LR", 0.01).set("PCT_START", 0)
    paste(tune, "Traceback (most recent call last):\n  File 'x.py', line 1\nAssertionError\n")
    assert "This config stops with it" in tune.html
    assert tune.state.config.edits == {"LR": 0.01, "PCT_START": 0}


def test_a_text_that_is_nothing_of_this_stays_in_its_box(tune):
    paste(tune, "hello")
    assert "pasted.yaml, line 1" in tune.state.error
    assert tune.at.text_area[0].value == "hello"


def test_a_model_is_found_among_all_by_its_name(tune):
    search = tune.field("Search all shipped models")
    assert len(search.options) == 58
    tune.set("Search all shipped models", shipped("Waymo", "dsvt_voxel"))
    assert tune.state.name == "dsvt_voxel.yaml"
    assert [tune.field(label).value for label in ("Shipped models of", "Model")] == ["Waymo", "dsvt_voxel"]
    assert tune.field("Search all shipped models").value is None


def test_the_diff_shows_the_change_before_the_download(tune):
    tune.set("LR", 0.01)
    assert "+    LR: 0.01" in tune.html + "".join(code.value for code in tune.at.code)
    assert tune.at.get("download_button")[0].label == "Download YAML"


def test_the_log_axis_is_a_switch(tune):
    assert tune.figure["layout"]["yaxis"].get("type") != "log"
    tune.set("lr axis", "log")
    assert tune.figure["layout"]["yaxis"]["type"] == "log"
