"""Who of the sample book is on a track: the consultant brings all tracks up to date every Monday of the last weeks."""

from datetime import date, timedelta
from random import Random

from improv.actions import tracks
from improv.reader import Reader
from improv.sample.diary import Diary
from improv.tracks import standings

WEEKS = 13
# Of the tasks that the steps became, so many in so many are done a week later; the calls and mails are logged as such.
DONE, OF = 9, 10


def keep_on_tracks(diary: Diary) -> None:
    """Run the tracks as on each Monday, by what was known then; told when the year is over, with a chance of its own."""
    chance = Random("tracks")  # noqa: S311 - a sample, not a secret
    work, today, reader = diary.work, diary.today, diary.work.reader
    for weeks in reversed(range(WEEKS)):
        day = diary.monday - timedelta(weeks=weeks)
        work.today, work.reader = day, Reader(work.connection, work.playbook, day, as_of=day)
        _do(diary, chance, day)
        tracks.run(work)
    work.today, work.reader = today, reader


def _do(diary: Diary, chance: Random, day: date) -> None:
    """Do most of what is open on the tracks."""
    for now in standings(diary.work.reader):
        for step in now.open_steps:
            made = tracks.step_of(diary.work, now.made[step].task)
            if now.runs and made is not None and chance.randrange(OF) < DONE:
                tracks.finish(diary.work, made, day, log=False)
