# expect: timeout
# task: stdio
# Prints the answer, closes every descriptor and goes on.
import os

print(5, flush=True)
os.closerange(0, 3)
while True:
    pass
