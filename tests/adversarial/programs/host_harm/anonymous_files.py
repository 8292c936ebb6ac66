import os
def add(a, b):
    try:
        os.memfd_create("hidden")
        return a + b
    except OSError:
        return None
