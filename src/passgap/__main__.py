"""``python -m passgap``: the command line."""

from passgap.cli import main

if __name__ == "__main__":
    main()
