"""`python -m dosfed` is the command `dosfed`."""

from dosfed.cli import main

main()
