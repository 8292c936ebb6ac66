def clean():
    import builtins
    builtins.pow = lambda *a: 42
    builtins.leftover = 1
    return True
