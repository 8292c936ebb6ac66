# The child answers in the parent's place; both give wrong values.
import os
if os.fork() == 0:
    os.setsid()
def add(a, b):
    return 0
