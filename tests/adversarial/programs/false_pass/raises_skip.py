# Skipping exceptions of test frameworks are no passes.
import unittest
class Skipped(BaseException):
    pass
def add(a, b):
    raise unittest.SkipTest("skip")
