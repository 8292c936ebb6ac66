import io, sys
sys.stdout = io.StringIO()
def add(a, b):
    print("quiet")
    return a + b
