# task: stdio
# expect: passed
import os, time
print(sum(map(int, input().split())), flush=True)
if os.fork() == 0:
    time.sleep(60)
