def clean():
    import builtins
    return pow(2, 3) == 8 and not hasattr(builtins, "leftover")
