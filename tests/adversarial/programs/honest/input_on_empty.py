try:
    line = input()
except EOFError:
    line = ""
def add(a, b):
    return a + b
