def add(a, b):
    try:
        raise ValueError
    except ValueError:
        pass
    finally:
        result = a + b
    return result
