"""Tune: a YAML in, the trainer's real curves on the screen, an edited YAML out."""

import streamlit as st

from pcdet_sched.language import N_, _
from pcdet_sched.ui.parts.style import page
from pcdet_sched.ui.tune.run_plan import run_plan
from pcdet_sched.ui.tune.source import source
from pcdet_sched.ui.tune.workbench import workbench

page(N_("Tune"), _("See what an OpenPCDet OPTIMIZATION block will really do, before you spend GPU-days on it."))
with st.sidebar:
    source()
    run_plan()
workbench()
