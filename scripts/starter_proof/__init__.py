"""What is proved about the starter set: see ``scripts/prove_starter_tasks.py``."""
