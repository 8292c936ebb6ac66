import sys
data = sys.stdin.read()
def add(a, b):
    return a + b + len(data)
