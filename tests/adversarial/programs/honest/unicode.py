def add(a, b):
    """Añade — 加算 ✓"""
    größe = a + b
    return größe
