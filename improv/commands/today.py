"""`improv` alone, and `improv today`: today's page."""

from improv import storefile
from improv.commands.desk import desk
from improv.commands.doors import noun_app, shaped

app = noun_app("Today's page: events, tasks, the worst red flags, referrals to call, whom to ask.", "")
APPS = {"today": app}
WORST = 3


@app.command(name="today", epilog=shaped("improv\nimprov today --as-of fri"))
def today() -> None:
    """Show today's page: events, tasks due, the three worst red flags, referrals to call, and good moments to ask."""
    from improv import alerts, reports  # noqa: PLC0415 - only this page needs both

    here = desk()
    if storefile.missing(here.path):
        storefile.refuse_gone(here.path)
        here.say(
            "Welcome. Nothing is recorded yet; the first record makes the store:",
            "",
            '  improv lead add "Ada Lovelace" --source referral',
            "  improv --help",
        )
        return
    with here.reading() as opened:
        reader = opened.of_one_moment()
        found = alerts.alerts(reader, now_time=here.local_time())
        up = found.awake()
        more = f"and {len(up) - WORST} more: improv alerts" if len(up) > WORST else ""
        note = "; ".join(filter(None, (more, alerts.unseen_words(found, reader))))
        report = reports.today(reader, alerts.alerts_table(up[:WORST], note))
    here.show(report)
