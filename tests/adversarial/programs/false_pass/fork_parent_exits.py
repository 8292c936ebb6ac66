import os
if os.fork():
    os._exit(0)
def add(a, b):
    return a - b
