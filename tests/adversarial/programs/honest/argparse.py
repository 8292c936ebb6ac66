import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--x", default=0)
args = parser.parse_args([])
def add(a, b):
    return a + b + args.x
