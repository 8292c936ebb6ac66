"""Model folders, their tokenizers and chat templates, and the embedded model: what engines and trainers share."""

from passgap.models.digests import model_digest
from passgap.models.resolution import resolve_model

__all__ = ["model_digest", "resolve_model"]
