"""A race of arms on development problems, before those that are left are measured on held-out ones."""
