"""Forks whose optimizer, schedule and loop are OpenPCDet's."""

from __future__ import annotations

from dataclasses import replace

from pcdet_sched.language import N_
from pcdet_sched.trainer_records.openpcdet import CLASSIC, MASTER

_READ = "tools/train_utils of its public branches, 2026-11"

DSVT = replace(CLASSIC, name="Haiyang-W/DSVT", differs=N_("As classic."), source=_READ)
GD_MAE = replace(CLASSIC, name="Nightmare-n/GD-MAE", differs=N_("As classic."), source=_READ)
VOXELNEXT = replace(CLASSIC, name="dvlab-research/VoxelNeXt", differs=N_("As classic."), source=_READ)
FOCALSCONV = replace(CLASSIC, name="dvlab-research/FocalsConv", differs=N_("As classic."), source=_READ)
LION = replace(
    CLASSIC,
    name="happinesslz/LION",
    differs=N_("As classic; parameters without a module of their own are decayed too."),
    source=_READ,
)
UNITR = replace(MASTER, name="Haiyang-W/UniTR", differs=N_("As master."), source=_READ)
HEDNET = replace(MASTER, name="zhanggang001/HEDNet", differs=N_("As master."), source=_READ)
SAME = (DSVT, GD_MAE, VOXELNEXT, FOCALSCONV, LION, UNITR, HEDNET)
