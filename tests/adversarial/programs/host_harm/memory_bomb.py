# expect: out-of-memory
def add(a, b):
    held = []
    while True:
        held.append(bytearray(1 << 26))
