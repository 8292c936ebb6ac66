# expect: timeout
# task: stdio
# Has an orphan in a session of its own compute, and waits for it.
import os
import time

done, doing = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while time.thread_time() < 6:
            pass
    os._exit(0)
os.close(doing)
os.read(done, 1)
print(5)
