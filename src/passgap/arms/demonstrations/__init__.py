"""Arms that put solved problems into the prompt: all that differs between them is where the solutions are from."""

from passgap.arms.demonstrations.arm import DemonstrationArm
from passgap.arms.demonstrations.documents import Document, document_of
from passgap.arms.demonstrations.library import Library
from passgap.arms.demonstrations.section import DemonstrationSection

__all__ = ["DemonstrationArm", "DemonstrationSection", "Document", "Library", "document_of"]
