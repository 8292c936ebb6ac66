import tempfile, os
def add(a, b):
    with tempfile.NamedTemporaryFile("w+", delete=False) as file:
        file.write(str(a + b))
    with open(file.name) as again:
        value = eval(again.read())
    os.remove(file.name)
    return value
