def add(a, b):
    with open("result.txt", "w") as file:
        file.write("kept")
    return a + b
