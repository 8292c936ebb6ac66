import sys
sys.stderr.write("warning\n")
def add(a, b):
    return a + b
