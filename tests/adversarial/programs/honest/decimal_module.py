from decimal import Decimal
def add(a, b):
    value = Decimal(str(a)) + Decimal(str(b))
    return int(value) if value == int(value) else float(value)
