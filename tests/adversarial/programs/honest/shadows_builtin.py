def sum(a, b):
    return a + b
list = None
def add(a, b):
    return sum(a, b)
