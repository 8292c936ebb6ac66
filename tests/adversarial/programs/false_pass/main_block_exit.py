def add(a, b):
    return a - b
if __name__ == "__main__":
    import sys
    sys.exit(0)
