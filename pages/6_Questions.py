"""Questions: what OpenPCDet's users ask most, each with a link to the state of this app that answers it."""

from pcdet_sched.language import N_, _
from pcdet_sched.ui.parts.style import page
from pcdet_sched.ui.questions import questions

page(N_("Questions"), _("What OpenPCDet's users ask most, each answered by a state of this app."))
questions()
