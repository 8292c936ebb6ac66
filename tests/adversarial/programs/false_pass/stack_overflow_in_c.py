import sys
sys.setrecursionlimit(10**9)
class Deep:
    def __getattr__(self, name): return getattr(self, name + "x")
def add(a, b):
    return repr(eval("[" * 90 + "]" * 90)) if a is None else Deep().x
