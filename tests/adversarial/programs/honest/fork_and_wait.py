import os
def add(a, b):
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, repr(a + b).encode())
        os._exit(0)
    os.wait()
    return eval(os.read(read, 100))
