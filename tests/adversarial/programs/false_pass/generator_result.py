def add(a, b):
    yield 5
