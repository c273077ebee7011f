"""What the playbook declares itself, metrics, flags and reports: what of it does not fit."""

from collections.abc import Iterator

from improv.errors import ImprovError
from improv.playbook import Playbook


def faults(playbook: Playbook) -> Iterator[ImprovError]:
    """Yield what is wrong with the metrics, flags and reports that the playbook declares itself."""
    if playbook.metrics:
        from improv.metrics import own as metrics  # noqa: PLC0415 - few playbooks declare any

        yield from metrics.faults(playbook)
    if playbook.own_flags:
        from improv.alerts import own as flags  # noqa: PLC0415 - as above

        yield from (error for _, error in flags.faults(playbook))
    if playbook.reports:
        from improv.reports import own as reports  # noqa: PLC0415 - as above

        yield from reports.faults(playbook)
