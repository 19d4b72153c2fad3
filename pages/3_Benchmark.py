"""Benchmark: a toy detector under variants of precision, clipping and loss scale."""

from pcdet_sched.language import N_, _
from pcdet_sched.ui.benchmark.setup import setup
from pcdet_sched.ui.benchmark.view import view
from pcdet_sched.ui.parts.style import page

page(N_("Benchmark"), _("What AMP, clipping and the loss scale do to the gradients of a toy detector."))
setup()
view()
