"""The whole workflow: the order of the steps and the pre-registration lock. The only part that knows all the others."""

from passgap.study.study import Checked, Study
from passgap.study.workbench import Workbench

__all__ = ["Checked", "Study", "Workbench"]
