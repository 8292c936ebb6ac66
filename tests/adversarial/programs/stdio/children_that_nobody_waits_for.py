# expect: timeout
# task: stdio
# Computes in children whose time no parent is ever told.
import os
import signal
import time

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(20):
    done, doing = os.pipe()
    if os.fork() == 0:
        end = time.thread_time() + 0.3
        while time.thread_time() < end:
            pass
        os._exit(0)
    os.close(doing)
    os.read(done, 1)
    os.close(done)
print(5)
