# A gigabyte on standard output and standard error.
import os
def add(a, b):
    block = b"x" * (1 << 20)
    for _ in range(512):
        os.write(1, block)
        os.write(2, block)
    return None
