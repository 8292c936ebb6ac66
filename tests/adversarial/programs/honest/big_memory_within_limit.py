def add(a, b):
    block = bytearray(100 << 20)
    return a + b + len(block) - (100 << 20)
