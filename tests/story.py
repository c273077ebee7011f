"""A small true story for tests of the read side, told through the actions: from a lead to a client and its visits."""

from datetime import date, time
from typing import Any

from improv.actions import (
    campaigns,
    clients,
    events,
    kpis,
    leads,
    opportunities,
    quotas,
    saved,
    snoozes,
    surveys,
    touches,
    tracks,
    visits,
    work,
)
from improv.dates import Moment
from improv.resolve import Found
from tests.book import Book


def on(text: str) -> date:
    """Return a day of 2026, such as `11-22`."""
    return date.fromisoformat(f"2026-{text}")


def at(day: str, clock: str | None = None) -> Moment:
    """Return a day of 2026 with a time."""
    return Moment(on(day), time.fromisoformat(clock) if clock else None)


ADA = Found("lead", 1, "Ada Lovelace")
BOB = Found("lead", 2, "Bob Unsung")
SITE = Found("opportunity", 1, "New site")
SHOP = Found("opportunity", 2, "Shop")
STRANGER = Found("visitor", 1, "a stranger")
ENGINES = Found("client", 1, "Engines Ltd")


def tell(book: Book) -> None:
    """Write the story: the book's own day is Sunday 22 November 2026."""
    _find(book)
    _sell(book)
    _keep(book)


def _find(book: Book) -> None:
    campaigns.add(
        book.work, "Autumn letter", on("09-01"), {"type": "direct-mail", "subtype": "letter", "owner": "Eve"}
    )
    campaigns.add_result(book.work, 1, on("09-20"), {"spend": 50_000, "clicks": 12})
    given: dict[str, Any] = {
        "company": "Engines Ltd",
        "source": "web",
        "owner": "José",
        "score": 60,
        "campaign_id": 1,
    }
    leads.add(book.work, "Ada Lovelace", on("09-02"), given)
    leads.add(book.work, "Bob Unsung", on("11-20"), {"owner": "Eve"})
    leads.qualify(book.work, 1, "yes", "has a budget", on("09-03"))
    leads.edit(book.work, 1, None, on("09-05"), {"score": 80})
    work.log(
        book.work, "connected-call", ADA, on("09-03"), {"minutes": 12, "subject": "hello", "owner": "José"}
    )


def _sell(book: Book) -> None:
    terms = {"value": 1_200_000, "probability": 40, "close_on": on("10-30"), "owner": "José"}
    opportunities.add(book.work, ADA, "New site", None, on("09-04"), terms)
    expected = {"anticipated_stage": "proposal", "assigned_to": "José"}
    events.schedule(book.work, SITE, "discovery-meeting", at("09-10", "10:00"), on("09-04"), expected)
    events.move(book.work, 1, at("09-14", "11:00"), on("09-09"))
    found = {"discussion": "two sites"}
    events.complete(book.work, 2, on("09-14"), next_stage="proposal", outcome="positive", values=found)
    opportunities.edit(book.work, 1, None, on("09-20"), {"value": 1_500_000})
    opportunities.add_contact(book.work, 1, "Charles", {"role": "buyer"}, on("09-20"))
    opportunities.add_line(book.work, 1, "hosting", {"revenue": 90_000}, on("09-21"))
    opportunities.win(book.work, 1, on("10-01"), None)


def _keep(book: Book) -> None:
    clients.edit(book.work, 1, None, on("10-02"), {"health": 90})
    clients.renewal(book.work, 1, date(2027, 3, 31), on("10-02"))
    came = {
        "testimonials": ["superb"],
        "stories": ["twice the orders"],
        "referrals": ["Grace"],
        "satisfaction": 5,
    }
    visits.log(book.work, 1, on("10-20"), {"kind": "qbr", "owner": "José", "upsell": "a second site", **came})
    opportunities.add(book.work, ENGINES, "Shop", None, on("11-01"), {"value": 300_000})
    events.schedule(
        book.work, ENGINES, "client-visit", at("12-03", "09:00"), on("11-20"), {"visit_kind": "qbr"}
    )
    work.add_task(book.work, "send the plan", SHOP, on("11-02"), {"due": on("11-10"), "assigned_to": "Eve"})
    work.add_task(book.work, "call back", BOB, on("11-20"), {"due": on("11-30")})
    surveys.add(book.work, "bought", ["trust"], ENGINES, on("10-22"), {"words": "they listened"})
    work.add_note(book.work, ENGINES, "pays late", on("10-05"), {"pinned": True, "written_by": "Eve"})
    quotas.set_from(book.work, on("10-01"), {"value": 4_000_000, "per": "quarter", "owner": "José"})
    kpis.pick(
        book.work, ("new-leads", "win-rate", "visits", "won-value", "days-to-first-contact"), on("09-15")
    )
    kpis.change(book.work, "raised the price", on("10-15"))
    touches.add_visitor(book.work, "a stranger", on("11-03"), {"email": "who@x.example"})
    touches.add(book.work, STRANGER, on("11-03"), "10:00", {"page": "/prices"})
    touches.make_link(book.work, BOB, "https://x.example/", on("11-20"), {}, tag="tag")
    saved.save(book.work, "from the web", {"source": "web"}, noun="lead")
    grace = Found("lead", 3, "Grace")
    tracks.enrol(book.work, grace, book.work.playbook.track("general-interest"), on("11-22"))
    snoozes.put_aside(book.work, "L3", BOB, "warning", on("11-27"), "asks whoever sent him")
