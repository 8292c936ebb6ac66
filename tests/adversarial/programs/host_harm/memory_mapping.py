# expect: not-passed
import mmap
def add(a, b):
    held = []
    while True:
        block = mmap.mmap(-1, 1 << 26)
        block.write(b"x" * (1 << 26))
        held.append(block)
