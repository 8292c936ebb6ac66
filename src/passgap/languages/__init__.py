"""Programming languages as they are read without being run, one module per language."""
