"""The judge's side of sample processes: the jail that makes them, limits of time and memory, how they ended."""
