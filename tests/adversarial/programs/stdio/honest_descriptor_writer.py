# expect: passed
# task: stdio
import os
import sys


class Writer:
    def write(self, text):
        os.write(1, text.encode())

    def flush(self):
        pass


sys.stdout = Writer()
sys.stdin = open(0)
print(sum(map(int, sys.stdin.readline().split())))
