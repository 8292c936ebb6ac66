"""The local engine: models of transformers on this machine, many samples of each prompt."""
