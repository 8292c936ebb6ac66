# ruff: noqa
"""Runs a file of the repository as the main program, with everything that it writes to standard error in its output."""

import os
import runpy
import sys

if __name__ == "__main__":
    os.dup2(1, 2)
    del sys.argv[0]
    sys.path[:] = [os.path.dirname(os.path.abspath(sys.argv[0]))] + [each for each in sys.path if each]
    runpy.run_path(sys.argv[0], run_name="__main__")
