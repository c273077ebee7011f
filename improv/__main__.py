"""Where the program begins, as `improv` and as `python -m improv`: Ctrl-C is answered before anything is loaded."""

import gc
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

    entry.run()


if __name__ == "__main__":
    run()
