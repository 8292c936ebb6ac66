import pickle
class Pair:
    def __init__(self, a, b): self.a, self.b = a, b
def add(a, b):
    pair = pickle.loads(pickle.dumps(Pair(a, b)))
    return pair.a + pair.b
