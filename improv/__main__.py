"""`python -m improv` is the command `improv`."""

from improv.cli import run

run()
