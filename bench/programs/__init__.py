"""The programs that are measured, ours among them: how each is installed, filled, and asked to do three jobs.

The jobs are the same for all: add one record; list the twenty of the fair; count the records of each source, where a
program can. A store is filled in the program's own format where its import would take minutes.
"""

from typing import Final

from bench.programs.files import BeanQuery, Hledger, Jrnl, Taskwarrior, Topydo, Watson
from bench.programs.folders import Khal, Khard, Todoman
from bench.programs.program import Program
from bench.programs.tables import Buku, Improv, Naive, SqliteUtils

PROGRAMS: Final[tuple[type[Program], ...]] = (
    *(Improv, Naive, SqliteUtils, Buku, Khal, Watson, Todoman, Topydo, Jrnl, BeanQuery, Khard),
    *(Taskwarrior, Hledger),
)
