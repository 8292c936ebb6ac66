def add(a, b):
    return a + b
# line endings: crlf
