"""The shipped blocks are OpenPCDet's, value by value and type by type."""

from __future__ import annotations

import json

import pytest
import yaml

from pcdet_sched.datasets import DATASETS
from pcdet_sched.keys import KEYS
from pcdet_sched.zoo import FIRST, families, shipped

ALL = [entry for entries in families().values() for entry in entries]


def typed(value):
    """A value with its types, so that 32 and 32.0 differ."""
    return [typed(v) for v in value] if isinstance(value, list) else (type(value), value)


def same(left, right):
    return {k: typed(v) for k, v in left.items()} == {k: typed(v) for k, v in right.items()}


def test_58_models_in_seven_families():
    assert {family: len(entries) for family, entries in families().items()} == {
        "KITTI": 16,
        "nuScenes": 10,
        "Waymo": 22,
        "ONCE": 5,
        "Lyft": 2,
        "Argo2": 1,
        "Custom": 2,
    }


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.path)
def test_the_rendered_yaml_reads_back_with_the_same_types(entry):
    document = yaml.safe_load(entry.to_yaml())
    assert list(document) == ["OPTIMIZATION"]
    assert same(document["OPTIMIZATION"], entry.optimization)


@pytest.mark.parametrize("entry", ALL, ids=lambda entry: entry.path)
def test_every_block_trains_on_a_known_data_set_with_known_keys(entry):
    assert entry.dataset in DATASETS
    assert set(entry.optimization) <= set(KEYS)


def test_every_block_is_the_one_that_openpcdet_ships(shared):
    corpus = shared / "corpus"
    rows = [row for row in json.loads((corpus / "index.json").read_text()) if row["file"].startswith("openpcdet/")]
    by_path = {f"tools/cfgs/{entry.path}": entry for entry in ALL}
    assert {row["path"] for row in rows} == set(by_path)
    for row in rows:
        theirs = yaml.safe_load((corpus / row["file"]).read_bytes())["OPTIMIZATION"]
        assert same(theirs, by_path[row["path"]].optimization), row["path"]


def test_sample_counts_are_those_that_were_measured(shared):
    measured = {row["train_samples"] for row in json.loads((shared / "reference" / "datasets.json").read_text())}
    assert {dataset.samples for dataset in DATASETS.values()} == measured


def test_the_first_view_is_pointpillar_on_kitti():
    assert shipped(*FIRST).optimization["LR"] == 0.003
    assert DATASETS[shipped(*FIRST).dataset].samples == 3712


def test_a_model_that_is_not_shipped_is_a_key_error():
    with pytest.raises(KeyError, match="no_such"):
        shipped("KITTI", "no_such")
