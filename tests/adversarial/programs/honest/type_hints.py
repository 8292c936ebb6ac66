from typing import Union, List, Optional
Number = Union[int, float]
def add(a: Number, b: Number) -> Number:
    return a + b
