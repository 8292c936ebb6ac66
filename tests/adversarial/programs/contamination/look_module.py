def clean():
    import sys, math
    sys.path.insert(0, "/tmp")
    try:
        import numbers_helper
        return False
    except ImportError:
        return "leftover" not in sys.modules and not hasattr(math, "leftover")
