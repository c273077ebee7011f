"""Killed at any moment, with a server in any mood and runs at once: no mail is lost, and none comes twice unannounced.

`MAIL_KILLS=200` kills so many runs.
"""

import os
import random
import ssl
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from tests.run import start
from tests.system.killed import ALERTS, TODAY, World
from tests.system.postoffice import CANARY, STEPS, Mood, Office, kind, open_office, settings

pytestmark = pytest.mark.system
KILLS = int(os.environ.get("MAIL_KILLS", "20"))
AMISS = ("451 later", "550 never", "cut", "deaf")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[tuple[World, Office]]:
    """Give a world, and the server its mail goes to."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    authority.issue_cert("localhost").configure_cert(context)
    with open_office(context) as office:
        extra = {"SSL_CERT_FILE": str(tmp_path / "ca.pem"), "MAIL_PASSWORD": CANARY}
        yield World(tmp_path, settings(tmp_path, office.port), extra, seed=KILLS), office


def moody(luck: random.Random) -> Mood:
    """Return a mood: at one step one thing amiss, or half of the time nothing, for else nothing would ever arrive."""
    if luck.random() < 0.5:
        return kind
    step = luck.choice(STEPS)
    answer = luck.choice((*AMISS, "lost") if step == "END" else AMISS)
    return lambda at: answer if at == step else ""


def test_killed_at_any_moment_every_alert_is_told_once(
    here: tuple[World, Office], capsys: pytest.CaptureFixture[str]
) -> None:
    """Leads without a source come and get one, between runs that are killed at random or meet a server in any mood."""
    world, office = here
    took = world.took()
    for _ in range(KILLS):
        world.change()
        office.mood = moody(world.luck)
        world.send(killed_after=world.luck.uniform(0.4, 1.2) * took)
        if world.luck.random() < 0.3:
            world.send()
    office.mood = kind
    last = [world.send() for _ in range(2)][-1]
    assert last is not None
    assert (last.code, last.out, last.err) == (0, "", "")
    count = world.judge(office.got)
    with capsys.disabled():
        sys.stdout.write(f"\n{KILLS} runs killed: {count}\n")


def test_eight_runs_at_once_send_one_mail(here: tuple[World, Office]) -> None:
    """The first that comes keeps it and sends it; the others find nothing to tell, and say nothing."""
    world, office = here
    world.come()
    started = [
        start(*ALERTS, db=world.db, today=TODAY, config=world.config, extra=world.extra) for _ in range(8)
    ]
    ended = [(process.communicate(timeout=60), process.wait()) for process in started]
    assert ended == [(("", ""), 0)] * 8
    assert len(office.got) == 1
