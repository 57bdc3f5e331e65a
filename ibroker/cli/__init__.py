"""The command line: everything a person starts by hand."""

import sys

__all__ = ["main"]

_INTERRUPTED = 130  # 128 + SIGINT, as shells count


def main() -> None:
    """Run `ibroker`, and end with the exit code of the interface.

    0 good, 1 something wrong with the input, 2 wrong use or configuration.
    """
    try:
        # Here, so that Ctrl-C while all of it loads is no traceback either.
        from ibroker.cli.app import run  # noqa: PLC0415

        run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)
