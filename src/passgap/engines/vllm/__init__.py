"""The offline engine of vLLM."""
