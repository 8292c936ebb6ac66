"""The proof of the starter set: see ``scripts/prove_starter_tasks.py``."""
