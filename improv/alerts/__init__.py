"""The catalogue of red flags: what each one means, whom it is true of today, and the command that mends it.

A flag is declared once (`improv.alerts.flag`); from the declaration come the alert, its reason, its age, its line on
the page and its explanation. Severities and limits stand in the playbook.
"""

from improv.alerts.flag import COLUMNS, KINDS, Flag, Kind, Rules
from improv.alerts.pages import alerts_report, alerts_table, flag_report, flags_table, unseen_words
from improv.alerts.raised import CATALOGUE, Alert, Raised, alerts, flag_of, flags_of, up_on

__all__ = [
    "CATALOGUE",
    "COLUMNS",
    "KINDS",
    "Alert",
    "Flag",
    "Kind",
    "Raised",
    "Rules",
    "alerts",
    "alerts_report",
    "alerts_table",
    "flag_of",
    "flag_report",
    "flags_of",
    "flags_table",
    "unseen_words",
    "up_on",
]
