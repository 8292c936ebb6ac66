from collections import namedtuple
from enum import Enum
class Kind(Enum):
    SUM = 1
Pair = namedtuple("Pair", "a b")
def add(a, b):
    return sum(Pair(a, b)) if Kind.SUM.value else None
