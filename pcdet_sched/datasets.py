"""The data sets that OpenPCDet trains on, and how many samples an epoch of each has on a single GPU.

Counts are those that the trainer prints when it loads the data, or those of the split files; those that were worked
out instead are marked `derived`. Each note says where its count is from.

>>> DATASETS["KITTI train"].samples
3712
"""

from __future__ import annotations

from dataclasses import dataclass

from pcdet_sched.language import N_


@dataclass(frozen=True)
class Dataset:
    """One training split: `samples` per epoch (None: every user's own), where the number comes from."""

    name: str
    samples: int | None
    note: str
    derived: bool = False


_TABLE = (
    Dataset("KITTI train", 3712, N_("As the trainer's log prints it.")),
    Dataset("KITTI trainval", 7481, N_("The split files: 3,712 + 3,769.")),
    Dataset("nuScenes train", 28130, N_("Without BALANCED_RESAMPLING, which many configs switch off.")),
    Dataset(
        "nuScenes train, balanced",
        123580,
        N_("With BALANCED_RESAMPLING and all 10 classes; other CLASS_NAMES give another number."),
    ),
    Dataset("nuScenes mini train", 323, N_("v1.0-mini, without BALANCED_RESAMPLING.")),
    Dataset("Waymo train, every frame", 158081, N_("SAMPLED_INTERVAL 1, release 1.2 of the data.")),
    Dataset("Waymo train, every 5th frame", 31617, N_("SAMPLED_INTERVAL 5, as OpenPCDet ships it.")),
    Dataset("ONCE train", 4961, N_("Only the annotated frames.")),
    Dataset("Lyft train", 18900, N_("Derived: 150 scenes of 126 samples; no log was seen."), derived=True),
    Dataset("Argoverse 2 train", 110071, N_("The upstream split file.")),
    Dataset("PandaSet train", 4880, N_("Derived: 61 sequences of 80 frames; no log was seen."), derived=True),
    Dataset("Custom", None, N_("As many as custom_infos_train.pkl has entries; enter the number yourself.")),
)

DATASETS: dict[str, Dataset] = {dataset.name: dataset for dataset in _TABLE}
"""Every data set by its name, in display order."""


def likely(document: object) -> str | None:
    """The data set that a config most likely trains on, read off its DATA_CONFIG; None if it does not say.

    >>> likely({"DATA_CONFIG": {"_BASE_CONFIG_": "cfgs/dataset_configs/once_dataset.yaml"}})
    'ONCE train'
    """
    data = document.get("DATA_CONFIG") if isinstance(document, dict) else None
    if not isinstance(data, dict):
        return None
    base = str(data.get("_BASE_CONFIG_", data.get("DATASET", ""))).lower()
    family = next((name for name in _LIKELY if name in base), None)
    if family == "nuscenes" and data.get("BALANCED_RESAMPLING") is False:
        return "nuScenes train"
    interval = data.get("SAMPLED_INTERVAL")
    if family == "waymo" and isinstance(interval, dict) and interval.get("train") == 1:
        return "Waymo train, every frame"
    return _LIKELY[family] if family else None


# The word in a data config's file name → the data set that OpenPCDet's own config of it has by default.
_LIKELY = {
    "kitti": "KITTI train",
    "nuscenes": "nuScenes train, balanced",
    "waymo": "Waymo train, every 5th frame",
    "once": "ONCE train",
    "lyft": "Lyft train",
    "argo2": "Argoverse 2 train",
    "pandaset": "PandaSet train",
}
