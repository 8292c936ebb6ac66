def add(a, b):
    print("adding", a, "and", b)
    return a + b
print(add(1, 1))
