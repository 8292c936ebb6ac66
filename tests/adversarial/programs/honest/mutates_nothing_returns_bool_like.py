def add(a, b):
    result = a + b
    return True and result
