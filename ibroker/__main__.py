"""`python -m ibroker`: the same as the command `ibroker`."""

from ibroker.cli import main

main()
