def add(a, b):
    return open("{CANARY}").read() == "untouched"
