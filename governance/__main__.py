"""Run the command line as ``python -m governance``."""

from governance.cli import run

if __name__ == "__main__":
    run()
