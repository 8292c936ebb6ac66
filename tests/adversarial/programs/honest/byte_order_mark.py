def add(a, b):
    return a + b
# encoding: bom
