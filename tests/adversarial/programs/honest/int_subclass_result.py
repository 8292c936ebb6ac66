class Count(int):
    pass
def add(a, b):
    return Count(a + b) if isinstance(a, int) and isinstance(b, int) else a + b
