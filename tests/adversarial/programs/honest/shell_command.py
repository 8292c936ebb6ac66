import os
def add(a, b):
    os.system("true")
    return a + b
