def add(a, b):
    return [[]] * 5_000_000
