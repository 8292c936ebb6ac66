calls = 0
def add(a, b):
    global calls
    calls += 1
    return a + b
