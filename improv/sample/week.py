"""What happens in the sample book this week and the last, so that its weekly report and today's page have much to tell."""

from datetime import timedelta

from improv.actions import opportunities, work
from improv.playbook import Stage
from improv.resolve import Found
from improv.sample.deals import finish
from improv.sample.diary import Diary, Story
from improv.sample.troubles import book_next, staged, way_to

WEEK = 7


def this_week_and_the_last(diary: Diary) -> list[Story]:
    """Return the stories of sales that end, slip or are about to close."""
    monday = (diary.today - diary.monday).days
    yesterday = (diary.today - diary.this_week(1)).days
    closing = [stage for stage in diary.book.sale_stages if stage.may_close] or [diary.book.sale_stages[-1]]
    return [
        _ends(diary, closing[-1], "won", yesterday),
        _ends(diary, closing[0], "lost", min(monday, 2)),
        _ends(diary, closing[-1], "won", monday + 3),
        _ends(diary, closing[0], "lost", monday + 5),
        _closes_soon(diary, closing[-1]),
        _slips(diary, closing[-1], yesterday),
        _passes(diary, closing[0]),
        *_to_do(diary),
    ]


def _ends(diary: Diary, stage: Stage, fate: str, ago: int) -> Story:
    deal = yield from staged(diary, way_to(diary, stage, ago + 4), close_on=diary.ago(ago))
    yield diary.ago(ago)
    finish(diary, deal, fate, diary.ago(ago))


def _closes_soon(diary: Diary, stage: Stage) -> Story:
    """Tell of a sale that is to close by the end of this week."""
    sunday = diary.monday + timedelta(days=WEEK - 1)
    closes = min(sunday, diary.today + timedelta(days=1))
    deal = yield from staged(diary, way_to(diary, stage, 6), close_on=closes)
    yield from book_next(diary, deal, (stage, 6), in_days=0)


def _slips(diary: Diary, stage: Stage, ago: int) -> Story:
    """Tell of a sale that was to close this week and is now expected two weeks later."""
    deal = yield from staged(diary, way_to(diary, stage, 5), close_on=diary.this_week(0))
    later = diary.today + timedelta(days=2 * WEEK)
    yield from book_next(diary, deal, (stage, 5), in_days=0)
    yield diary.ago(ago)
    opportunities.agree(diary.work, deal.about.id, {"close_on": later}, diary.ago(ago))


def _passes(diary: Diary, stage: Stage) -> Story:
    """Tell of a sale that should have closed by now, and nobody gave it another day."""
    deal = yield from staged(diary, way_to(diary, stage, 7), close_on=diary.this_week(1))
    yield from book_next(diary, deal, (stage, 7), in_days=1)


def _to_do(diary: Diary) -> list[Story]:
    due_now = [_task(diary, what, 3, 0) for what in diary.words["tasks_today"]]
    return [
        *due_now,
        *(
            _task(diary, what, 9 + place, 1 + 3 * place)
            for place, what in enumerate(diary.words["tasks_overdue"])
        ),
    ]


def _task(diary: Diary, what: str, made_ago: int, due_ago: int) -> Story:
    """Keep a task that nobody has done yet."""
    made = diary.ago(max(made_ago, due_ago + 2))
    yield made
    due = {"due": diary.ago(due_ago), "assigned_to": diary.owner}
    work.add_task(diary.work, what, _under_way(diary, due_ago), made, due)


def _under_way(diary: Diary, place: int) -> Found | None:
    """Return one of the sales that are open on the day of the story, if there are any."""
    rows = diary.work.reader.rows(
        "SELECT o.id, o.title FROM opportunity o JOIN stage_stay s ON s.opportunity_id = o.id AND s.until IS NULL ORDER BY o.id"
    )
    row = rows[place % len(rows)] if rows else None
    return None if row is None else Found("opportunity", row["id"], row["title"])
