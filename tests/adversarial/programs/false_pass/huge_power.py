# expect: timeout
def add(a, b):
    return len(str(9 ** 9 ** 9))
