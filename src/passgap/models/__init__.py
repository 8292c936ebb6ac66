"""Model folders, their tokenizers and chat templates, and the embedded model: what engines and trainers share."""
