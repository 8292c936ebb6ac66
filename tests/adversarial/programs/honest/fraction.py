from fractions import Fraction
def add(a, b):
    return Fraction(a) + Fraction(b)
