"""Where the program begins, as `improv` and as `python -m improv`: Ctrl-C is answered before anything is loaded."""

import gc
import os
import sys

try:
    from improv import interrupts
except KeyboardInterrupt:  # so soon that there is nobody to answer it
    sys.stderr.write("improv: stopped; nothing was changed\n")
    sys.exit(130)


def run() -> None:
    """Load the program and run it."""
    gc.disable()  # in so short a life there is nothing to be collected
    interrupts.end_quietly()
    from improv import entry  # noqa: PLC0415 - loading takes long enough to be stopped in

    _end(entry.run())


def _end(code: int) -> None:
    """End the process. Its memory goes with it: to take apart first what lies there takes a fifth of Python's own start."""
    gc.freeze()
    told_of_the_end = {
        "atexit",
        "threading",
    } & sys.modules.keys()  # somebody asked to be, or is still at work
    if not told_of_the_end:
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    run()
