"""Sweep: many variants of a benchmark, over a grid or a random sample."""

from pcdet_sched.language import N_, _
from pcdet_sched.ui.parts.style import page
from pcdet_sched.ui.sweep.setup import setup
from pcdet_sched.ui.sweep.view import view

page(N_("Sweep"), _("Which clipping, loss scale, LR and schedule behave, over a grid or at random, on all workers."))
setup()
view()
