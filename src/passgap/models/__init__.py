"""Model folders, their tokenizers and chat templates, and the embedded model: what engines and trainers share."""

from passgap.models.digests import model_digest, tokenizer_digest
from passgap.models.resolution import resolve_model, resolve_tokenizer

__all__ = ["model_digest", "resolve_model", "resolve_tokenizer", "tokenizer_digest"]
