"""The problem explorer: every problem with the samples of every model, as a page whose data are loaded one by one."""

from passgap.report.explorer.data import Explored, ExploredModel, Explorer
from passgap.report.explorer.files import PAGE, explorer_html, write_explorer

__all__ = ["PAGE", "Explored", "ExploredModel", "Explorer", "explorer_html", "write_explorer"]
