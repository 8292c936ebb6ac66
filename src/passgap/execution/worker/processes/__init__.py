"""The judge's side of a sample's process: the jail that makes it, its limits of time and memory, how it ended."""
