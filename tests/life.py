"""A random book: a consultant's days by a seed, lived as far as a test asks."""

import random
from collections.abc import Callable
from datetime import date, timedelta

from improv.models import (
    Activity,
    Campaign,
    CampaignResult,
    Client,
    ClientStatus,
    Enrolment,
    EnrolmentStep,
    Event,
    Lead,
    Lifecycle,
    Opportunity,
    OpportunityOutcome,
    OpportunityTerms,
    ProductLine,
    Qualification,
    Referral,
    StageStay,
    Story,
    SurveyAnswer,
    Task,
    Touch,
    Visit,
    Visitor,
)
from improv.models import Reading as DatedValue
from improv.models import Testimonial as Praise
from improv.playbook import Playbook
from improv.records.words import ENDINGS, QUESTIONS, TOUCHES
from tests.book import Book

FIRST = date(2026, 8, 1)


class Life:
    """A consultant's days at random: the same seed lives the same days, however far it is let to live."""

    def __init__(self, book: Book, seed: int) -> None:
        self.book = book
        self.random = random.Random(seed)  # noqa: S311 - a book to test with, not a secret
        # What is said beside the sales has a chance of its own, so that the sales stay as they are.
        self.aside = random.Random(f"{seed} aside")  # noqa: S311 - as above
        self.touching = random.Random(f"{seed} touches")  # noqa: S311 - as above
        self.visitors: list[Visitor] = []
        self.nurture = random.Random(f"{seed} nurture")  # noqa: S311 - as above
        self.playbook: Playbook = book.work.playbook
        self.day = FIRST
        self.leads: list[Lead] = []
        self.clients: list[Client] = []
        self.open: list[tuple[Opportunity, StageStay]] = []
        self.lost: list[tuple[Opportunity, OpportunityOutcome]] = []
        self.booked: list[Event] = []
        self.tasks: list[Task] = []
        self.referrals: list[Referral] = []
        self.former: list[Client] = []
        self.enrolled: list[Enrolment] = []
        self.campaign = book.add(Campaign, name="Ads", name_folded="ads", starts_on=FIRST)
        self.letter = book.add(Campaign, name="Letter", name_folded="letter", starts_on=FIRST, type="email")
        long_ago = FIRST - timedelta(days=500)
        quiet = book.add(Client, name="Old", name_folded="old", since_on=long_ago)
        book.add(ClientStatus, client_id=quiet.id, status="active", since=long_ago)

    def live(self, until: date) -> None:
        """Live each day up to a day, that one too."""
        doings: list[Callable[[], None]] = [
            *(
                self._meet,
                self._meet,
                self._qualify,
                self._open_deal,
                self._open_deal,
                self._advance,
                self._advance,
            ),
            *(
                self._reprice,
                self._close,
                self._close,
                self._reopen,
                self._book_event,
                self._book_event,
                self._keep_event,
            ),
            *(
                self._keep_event,
                self._keep_event,
                self._visit,
                self._visit,
                self._hear,
                self._work_on,
                self._spend,
                self._rate,
                self._leave,
                self._call,
                self._call,
            ),
        ]
        while self.day <= until:
            for _ in range(self.random.randrange(7)):
                self.random.choice(doings)()
            for aside in (self._answer, self._write, self._keep_in_touch):
                if self.aside.random() < 0.4:
                    aside()
            self._touch()
            if self.nurture.random() < 0.6:
                self.nurture.choice((self._enrol, self._step, self._take_off))()
            self.day += timedelta(days=1)

    def _touch(self) -> None:
        """Let people do something by themselves: visitors, some known later, and leads and clients themselves."""
        chance = self.touching
        for _ in range(chance.randrange(3)):
            said = {
                "kind": chance.choice(TOUCHES),
                "page": chance.choice((None, "/", "/pricing", "/pricing/team", "/about")),
                "utm_source": chance.choice((None, None, "feed")),
                "campaign_id": chance.choice((None, self.campaign.id, self.letter.id)),
            }
            known = [{"lead_id": one.id} for one in self.leads] + [
                {"client_id": one.id} for one in self.clients
            ]
            if known and chance.random() < 0.3:
                self.book.add(Touch, on_day=self.day, **said, **chance.choice(known))
                continue
            if not self.visitors or chance.random() < 0.3:
                self.visitors.append(
                    self.book.add(Visitor, known_as=f"v{self.book.work.next_id(Visitor)}", seen_on=self.day)
                )
            visitor = chance.choice(self.visitors)
            self.book.add(Touch, on_day=self.day, visitor_id=visitor.id, **said)
            if known and visitor.attributed_on is None and chance.random() < 0.4:
                self.book.work.change(
                    visitor, attributed_on=self.day, because="by hand", **chance.choice(known)
                )

    def _soon(self, most: int = 20) -> date:
        return self.day + timedelta(days=self.random.randrange(most))

    def _maybe(self, *values: object) -> object:
        return self.random.choice((None, *values))

    def _meet(self) -> None:
        sources = [source.key for source in self.playbook.sources]
        self.leads.append(
            self.book.add(
                Lead,
                name="Ann",
                name_folded="ann",
                received_on=self.day,
                source=self._maybe(*sources),
                city=self._maybe("Bonn", "Kiel"),
                age_group=self.aside.choice(("young", "old", None)),
                campaign_id=self._maybe(self.campaign.id, self.campaign.id),
            )
        )
        self.book.add(DatedValue, lead_id=self.leads[-1].id, kind="owner", on_day=self.day, text="Ida")
        self.book.add(Lifecycle, lead_id=self.leads[-1].id, state="sql", since=self.day)

    def _qualify(self) -> None:
        if self.leads:
            who = self.random.choice(self.leads).id
            self.book.add(
                Qualification,
                lead_id=who,
                decided_on=self.day,
                verdict=self.random.choice(("yes", "yes", "no")),
            )
            self.book.add(
                DatedValue, lead_id=who, kind="owner", on_day=self.day, text=self.random.choice("IJ")
            )

    def _open_deal(self) -> None:
        who = self.random.choice([None, *self.leads])
        buyer = None
        if self.clients and self.random.random() < 0.3:
            who, buyer = None, self.random.choice(self.former or self.clients)
        deal = self.book.add(
            Opportunity,
            title="deal",
            title_folded="deal",
            opened_on=self.day,
            lead_id=who.id if who else None,
            client_id=buyer.id if buyer else None,
            type=self._maybe("product", "service"),
        )
        stay = self.book.add(StageStay, opportunity_id=deal.id, stage="intro", since=self.day, sequence=0)
        self.open.append((deal, stay))
        if self.random.random() < 0.7:
            self._price(deal)
        if who:
            self.book.add(Lifecycle, lead_id=who.id, state="mql", since=self.day, until=self.day)
            sums = {"revenue": self._maybe(900, 5000), "cost": 700}
            self.book.add(ProductLine, opportunity_id=deal.id, product="day", added_on=self.day, **sums)

    def _price(self, deal: Opportunity) -> None:
        self.book.add(
            OpportunityTerms,
            opportunity_id=deal.id,
            on_day=self.day,
            value=self._maybe(1000, 5000, 77777),
            probability=self._maybe(10, 33),
            close_on=self._soon(),
            owner=self._maybe("Ida"),
        )

    def _reprice(self) -> None:
        if self.open:
            self._price(self.random.choice(self.open)[0])

    def _advance(self) -> None:
        if self.open:
            place = self.random.randrange(len(self.open))
            deal, stay = self.open[place]
            self.book.work.change(stay, until=self.day)
            stage = self.random.choice(self.playbook.sale_stages).key
            self.open[place] = (deal, self._enter(deal, stage, stay.sequence + 1))

    def _enter(self, deal: Opportunity, stage: str, sequence: int) -> StageStay:
        return self.book.add(
            StageStay, opportunity_id=deal.id, stage=stage, since=self.day, sequence=sequence
        )

    def _close(self) -> None:
        if not self.open:
            return
        deal, stay = self.open.pop(self.random.randrange(len(self.open)))
        self.book.work.change(stay, until=self.day)
        how = self.random.choice(("won", "won", "lost", "no decision"))
        ending = self.book.add(
            OpportunityOutcome, opportunity_id=deal.id, outcome=how, stage=stay.stage, since=self.day
        )
        if how == "won" and deal.client_id is None:
            self.clients.append(
                self.book.add(Client, name="Co", name_folded="co", since_on=self.day, lead_id=deal.lead_id)
            )
            self.book.add(ClientStatus, client_id=self.clients[-1].id, status="active", since=self.day)
        elif deal.client_id and how == "won":
            self._welcome_back(deal.client_id)
        else:
            self.lost.append((deal, ending))

    def _welcome_back(self, number: int) -> None:
        for who in [who for who in self.former if who.id == number]:
            self._turn(who, "active")
            self.former.remove(who)
            self.clients.append(who)

    def _turn(self, who: Client, status: str) -> None:
        span = self.book.work.connection.execute(
            "SELECT id FROM client_status WHERE client_id = ? AND until IS NULL", (who.id,)
        ).fetchone()
        self.book.work.change(self.book.work.get(ClientStatus, span[0]), until=self.day)
        self.book.add(ClientStatus, client_id=who.id, status=status, since=self.day)

    def _reopen(self) -> None:
        if self.lost and self.random.random() < 0.4:
            deal, ending = self.lost.pop()
            self.book.work.change(ending, until=self.day)
            self.open.append((deal, self._enter(deal, "proposal", 100 + len(self.lost))))

    def _book_event(self) -> None:
        about = {"opportunity_id": self.random.choice(self.open)[0].id} if self.open else {}
        if self.clients and self.random.random() < 0.3:
            about = {"client_id": self.random.choice(self.clients).id}
        kinds = [kind.key for kind in self.playbook.event_kinds if kind.visit or "client_id" not in about]
        self.booked.append(
            self.book.add(
                Event,
                kind=self.random.choice(kinds),
                set_on=self.day,
                first_set_on=self.day,
                scheduled_for=self._soon(),
                anticipated_stage=self._maybe("proposal", "overcome"),
                **about,
            )
        )

    def _keep_event(self) -> None:
        if self.booked:
            event = self.booked.pop(0)
            status = self.random.choice(("done", "done", "no-show", "moved", "cancelled"))
            actual = self._maybe("proposal", "overcome") if status == "done" else None
            self.book.work.change(event, status=status, closed_on=self.day, actual_stage=actual)

    def _visit(self) -> None:
        if not self.clients:
            return
        who = self.random.choice(self.clients).id
        asked = {f"asked_{what}": self.random.random() < 0.5 for what in ("testimonial", "story", "referral")}
        held = self.book.add(Visit, client_id=who, held_on=self.day, kind=self._maybe("qbr"), **asked).id
        if self.random.random() < 0.5:
            self.book.add(Praise, client_id=who, visit_id=held, given_on=self.day)
            self.book.add(Story, client_id=who, visit_id=held, told_on=self.day)

    def _hear(self) -> None:
        if self.clients:
            lead = self._maybe(*[lead.id for lead in self.leads])
            self.referrals.append(
                self.book.add(
                    Referral,
                    client_id=self.random.choice(self.clients).id,
                    name="Zoe",
                    name_folded="zoe",
                    received_on=self.day,
                    lead_id=lead,
                )
            )
        if self.referrals and self.random.random() < 0.3:
            self.book.work.change(self.referrals.pop(0), declined_on=self.day)

    def _work_on(self) -> None:
        times, minutes = self.random.randrange(1, 4), self._maybe(3, 8)
        self.book.add(Activity, kind="connected-call", times=times, minutes=minutes, done_on=self.day)
        self.tasks.append(self.book.add(Task, what="call", created_on=self.day))
        for task in self.random.sample(self.tasks, min(2, len(self.tasks))):
            self.book.add(
                DatedValue, task_id=task.id, kind="due", on_day=self.day, text=self._soon().isoformat()
            )
        if self.random.random() < 0.5:
            done = self.tasks.pop(0)
            self.book.work.change(done, done_on=self.day)

    def _spend(self) -> None:
        said = {"impressions": 1000, "clicks": 9, "platform_leads": 2, "platform_customers": 1, "forms": 3}
        said |= {"emails_opened": 20, "links_clicked": 4}
        self.book.add(
            CampaignResult, campaign_id=self.campaign.id, on_day=self.day, spend=self._maybe(500), **said
        )

    def _rate(self) -> None:
        if self.clients:
            who = self.random.choice(self.clients).id
            for kind, value in (
                ("health", self.random.randrange(50, 101)),
                ("engagement", self.random.randrange(101)),
                ("revenue", self.random.randrange(9999)),
            ):
                self.book.add(DatedValue, client_id=who, kind=kind, on_day=self.day, value=value)

    def _call(self) -> None:
        kind = self.random.choice([kind.key for kind in self.playbook.activity_kinds if kind.calling])
        who = self._maybe(*[lead.id for lead in self.leads])
        about = {"lead_id": who, "campaign_id": self._maybe(self.campaign.id)}
        self.book.add(Activity, kind=kind, done_on=self.day, response=self._maybe("yes", "no"), **about)
        if who:
            score = self.random.randrange(101)
            self.book.add(DatedValue, lead_id=who, kind="score", on_day=self.day, value=score)

    def _answer(self) -> None:
        whose = [{}, *({"lead_id": lead.id} for lead in self.leads)]
        whose += [{"client_id": client.id} for client in self.clients]
        whose += [{"opportunity_id": deal.id} for deal, _ in self.open]
        question, reason = self.aside.choice(QUESTIONS), self.aside.choice(("price", "other", None))
        said = {"question": question, "reason": reason, "words": "so be it"}
        self.book.add(SurveyAnswer, answered_on=self.day, **said, **self.aside.choice(whose))

    def _write(self) -> None:
        kinds = [kind.key for kind in self.playbook.activity_kinds if kind.channel]
        said = {"kind": self.aside.choice(kinds), "outcome": self.aside.choice(("agreed", None))}
        about = {"lead_id": self.aside.choice(self.leads).id} if self.leads else {}
        self.book.add(Activity, done_on=self.day, **said, **about)

    def _keep_in_touch(self) -> None:
        """Write to a client, visit one, and hear of somebody: what is done for those who bought."""
        self.book.add(
            CampaignResult, campaign_id=self.letter.id, on_day=self.day, spend=self.aside.randrange(99)
        )
        if not self.clients:
            return
        who, kept = self.aside.choice(self.clients).id, {"satisfaction": self.aside.choice((None, 3, 5))}
        self.book.add(Activity, kind="email", done_on=self.day, client_id=who, campaign_id=self.letter.id)
        self.book.add(
            Visit, client_id=who, held_on=self.day, outcomes=self.aside.choice((None, "well")), **kept
        )
        heard = {"name": "Kim", "name_folded": "kim", "received_on": self.day, "client_id": who}
        whom = self.aside.choice([lead.id for lead in self.leads]) if self.leads else None
        self.book.add(Referral, estimated_value=self.aside.choice((None, 700)), lead_id=whom, **heard)

    def _leave(self) -> None:
        if len(self.clients) > 2 and self.random.random() < 0.4:
            who = self.clients.pop(0)
            self._turn(who, "former")
            self.former.append(who)

    def _enrol(self) -> None:
        on = {(one.lead_id, one.client_id) for one in self.enrolled}
        whose = [{"lead_id": lead.id} for lead in self.leads if (lead.id, None) not in on]
        whose += [{"client_id": client.id} for client in self.clients if (None, client.id) not in on]
        if whose:
            track = self.nurture.choice(self.playbook.tracks).key
            self.enrolled.append(
                self.book.add(Enrolment, track=track, since=self.day, **self.nurture.choice(whose))
            )

    def _step(self) -> None:
        if self.enrolled:
            now = self.nurture.choice(self.enrolled)
            task = self.book.add(Task, what="step", created_on=self.day, done_on=self.day)
            ended = self.nurture.choice(
                ({}, *({"ended_on": self.day, "ending": word} for word in ("done", "done", "skipped")))
            )
            said = {"kind": self.nurture.choice(("email", "track-call")), "made_on": self.day, **ended}
            self.book.add(EnrolmentStep, enrolment_id=now.id, step=task.id, task_id=task.id, **said)

    def _take_off(self) -> None:
        if self.enrolled:
            now = self.enrolled.pop(self.nurture.randrange(len(self.enrolled)))
            self.book.work.change(now, until=self.day, ending=self.nurture.choice(ENDINGS))
