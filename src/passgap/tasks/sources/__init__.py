"""Task sets that can be named in a study, one module per set."""
