"""Reference: what an error means, who reads which key, every key and every finding."""

from pcdet_sched.language import N_, _
from pcdet_sched.ui.parts.style import page
from pcdet_sched.ui.reference import reference, search

page(
    N_("Reference"),
    _("Every OPTIMIZATION key and every finding, who reads what, and what an error of the trainer means."),
)
reference(search())
