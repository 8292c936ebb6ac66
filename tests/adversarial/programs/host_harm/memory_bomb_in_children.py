# expect: out-of-memory
import os, time
def add(a, b):
    for _ in range(8):
        if os.fork() == 0:
            held = bytearray(b"x") * (200 << 20)
            time.sleep(60)
            os._exit(0)
    time.sleep(60)
    return a + b
