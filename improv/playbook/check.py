"""Which numbers of a playbook cannot hold together: computed from the playbook, never listed by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from improv.named import NamedTuple
from improv.playbook.words import offered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from improv.playbook import Playbook, Stage

_WHOLE: Final = 100  # percent
_YEAR: Final = 365  # days


class Finding(NamedTuple):
    """Numbers that cannot hold together: a stable code, a sentence, the figures, and where they stand."""

    code: str
    sentence: str
    numbers: Mapping[str, float]
    keys: tuple[str, ...]


def findings(playbook: Playbook) -> list[Finding]:
    """Return every set of numbers in the playbook that cannot hold together."""
    return [finding for check in _CHECKS for finding in check(playbook)]


def _bounds(playbook: Playbook, *names: str) -> list[int] | None:
    """Return the numbers of these targets, or None when the playbook lacks one of them."""
    found = [playbook.targets[name].bound for name in names if name in playbook.targets]
    return found if len(found) == len(names) else None


def _keys(*names: str) -> tuple[str, ...]:
    return tuple(f"target.{name}" for name in names)


def _rounded(part: int, whole: int) -> int:
    """Return part / whole, rounded half up."""
    return (2 * part + whole) // (2 * whole)


def _testimonials(playbook: Playbook) -> Iterator[Finding]:
    names = ("testimonial_ask_rate", "testimonial_ask_success", "testimonial_collection")
    if (bounds := _bounds(playbook, *names)) is None:
        return
    asked, success, wanted = bounds
    if asked * success < wanted * _WHOLE:
        reached = _rounded(asked * success, _WHOLE)
        yield Finding(
            "testimonial-asks",
            f"Asking for a testimonial at {asked}% of visits with {success}% success brings one at {reached}% of "
            f"visits; the target is {wanted}%.",
            {"asked": asked, "success": success, "reached": reached, "target": wanted},
            _keys(*names),
        )


def _referrals(playbook: Playbook) -> Iterator[Finding]:
    names = ("referral_ask_rate", "referral_ask_success", "visits_per_client", "referrals_per_client")
    if (bounds := _bounds(playbook, *names)) is None:
        return
    asked, success, visits, wanted = bounds
    if asked * success * visits < wanted * _WHOLE * _WHOLE:
        reached = round(asked * success * visits / (_WHOLE * _WHOLE), 2)
        yield Finding(
            "referral-asks",
            f"Asking for a referral at {asked}% of {visits} visits a year with {success}% success brings {reached:g} "
            f"a client a year; the target is {wanted}.",
            {"asked": asked, "success": success, "visits": visits, "reached": reached, "target": wanted},
            _keys(*names),
        )


def _discovery(playbook: Playbook) -> Stage | None:
    return next((stage for stage in playbook.stages if stage.discovery), None)


def _chances(playbook: Playbook, stage: Stage) -> tuple[float, float] | None:
    """Return the least and the greatest chance to win that the goals from a stage on imply."""
    if stage.advance_goal is None:
        return None
    onward = [_chances(playbook, one) for one in playbook.sale_stages if one.key in stage.advances_to]
    known = [chances for chances in onward if chances is not None]
    if len(known) < len(onward) or not (known or stage.may_close):
        return None
    closes = [1.0] if stage.may_close else []
    goal = stage.advance_goal / _WHOLE
    return goal * min([*closes, *(least for least, _ in known)]), goal * max(
        [*closes, *(most for _, most in known)]
    )


def _win_rate(playbook: Playbook) -> Iterator[Finding]:
    bounds = _bounds(playbook, "win_rate_from_discovery")
    start = _discovery(playbook)
    chances = _chances(playbook, start) if start else None
    if bounds is None or start is None or chances is None:
        return
    (wanted,) = bounds
    least, most = (round(chance * _WHOLE) for chance in chances)
    if not least <= wanted <= most:
        implied = f"at least {least}%" if wanted < least else f"at most {most}%"
        yield Finding(
            "stage-goals",
            f"The stages' own goals imply that {implied} of those that reach {start.name} are won; the target for the "
            f"win rate from discovery is {wanted}%.",
            {"least": least, "most": most, "target": wanted},
            (
                *(f"stage.{stage.key}.advance_goal" for stage in _from(playbook, start)),
                "target.win_rate_from_discovery",
            ),
        )


def _from(playbook: Playbook, start: Stage) -> list[Stage]:
    return [stage for stage in playbook.sale_stages if stage.position >= start.position]


def _bases(playbook: Playbook) -> Iterator[Finding]:
    """Check that the win rate from discovery is not that of the pipeline: fewer reach discovery than enter."""
    bounds = _bounds(playbook, "win_rate_from_discovery")
    start, funnel = _discovery(playbook), playbook.funnel
    if bounds is None or start is None or funnel is None:
        return
    before = [stage for stage in playbook.sale_stages if stage.position < start.position]
    reach, whole = funnel.entered, 1
    for stage in before:
        reach, whole = reach * (stage.advance_goal or _WHOLE), whole * _WHOLE
    discoveries = _rounded(reach, whole)
    if (
        discoveries and abs(_rounded(funnel.won * _WHOLE, discoveries) - bounds[0]) > 1
    ):  # one: the sources round
        implied = _rounded(funnel.won * _WHOLE, discoveries)
        yield Finding(
            "win-rate-bases",
            f"{funnel.entered} enter the pipeline and {discoveries} reach {start.name}; {funnel.won} won are {implied}% "
            f"of those, and {_rounded(funnel.won * _WHOLE, funnel.entered)}% of all that entered. The target for the "
            f"win rate from discovery is {bounds[0]}%.",
            {
                "entered": funnel.entered,
                "discoveries": discoveries,
                "won": funnel.won,
                "implied": implied,
                "target": bounds[0],
            },
            (
                *(f"stage.{stage.key}.advance_goal" for stage in before),
                "funnel",
                "target.win_rate_from_discovery",
            ),
        )


def _total(stages: Sequence[Stage]) -> tuple[int, int]:
    days = [stage.days for stage in stages if stage.days]
    return sum(low for low, _ in days), sum(high for _, high in days)


def _cycle(playbook: Playbook) -> Iterator[Finding]:
    target = playbook.targets.get("sales_cycle")
    if target is None:
        return
    low, high = _total(playbook.sale_stages)
    needed = [stage for stage in playbook.sale_stages if not stage.optional]
    short_low, short_high = _total(needed)
    if high > target.bound or (target.less_than is not None and high == target.bound):
        left_out = " and ".join(stage.name for stage in playbook.sale_stages if stage.optional)
        under = "under" if target.less_than is not None else "at most"
        without = f" ({short_low} to {short_high} without {left_out})" if left_out else ""
        yield Finding(
            "stage-days",
            f"The stages' target days add up to {low} to {high}{without}; the goal for the sales cycle is {under} {target.bound} days: "
            "a deal that is on time in every stage can miss it.",
            {
                "low": low,
                "high": high,
                "short_low": short_low,
                "short_high": short_high,
                "target": target.bound,
            },
            (*(f"stage.{stage.key}.days" for stage in playbook.sale_stages), "target.sales_cycle"),
        )


def _charter(playbook: Playbook) -> Iterator[Finding]:
    sales, open_, charter = (
        playbook.targets.get("won_deals"),
        playbook.targets.get("opportunities"),
        playbook.charter,
    )
    if (
        sales is None
        or open_ is None
        or sales.per != open_.per
        or charter is None
        or charter.opportunity_wins is None
    ):
        return
    wins, of = charter.opportunity_wins
    brought = _rounded(open_.bound * wins, of)
    if brought != sales.bound:
        yield Finding(
            "charter-plan",
            f"{open_.bound} opportunities at {wins} in {of} bring {brought} sales, not {sales.bound}.",
            {"opportunities": open_.bound, "brought": brought, "target": sales.bound},
            ("target.opportunities", "charter.opportunity_wins", "target.won_deals"),
        )


def _funnel(playbook: Playbook) -> Iterator[Finding]:
    """Check that the worked example of the funnel follows from the rates."""
    funnel = playbook.funnel
    if funnel is None:
        return
    steps = (
        ("lead_to_opportunity", "leads", funnel.leads, "entered", funnel.entered),
        ("pipeline_entry_to_win", "entered", funnel.entered, "won", funnel.won),
        ("lead_to_win", "leads", funnel.leads, "won", funnel.won),
    )
    for name, start, first, end, last in steps:
        target = playbook.targets.get(name)
        if target and _rounded(first * target.bound, _WHOLE) != last:
            computed = _rounded(first * target.bound, _WHOLE)
            yield Finding(
                f"funnel-{name.replace('_', '-')}",
                f"{target.bound}% of {first} {start} are {computed}; the funnel says {last} {end}.",
                {start: first, end: last, "computed": computed, "target": target.bound},
                (f"funnel.{start}", f"funnel.{end}", f"target.{name}"),
            )


def _visits_apart(playbook: Playbook) -> Iterator[Finding]:
    bounds = _bounds(playbook, "visits_per_client")
    allowed = playbook.limits["no_visit_after"]
    if not bounds or not bounds[0]:
        return
    apart = _YEAR // bounds[0]
    if apart > allowed:
        yield Finding(
            "visits-apart",
            f"{bounds[0]} evenly spaced visits a year are {apart} days apart; a client is flagged after {allowed} days "
            "without one.",
            {"visits": bounds[0], "apart": apart, "limit": allowed},
            ("target.visits_per_client", "limit.no_visit_after"),
        )


def _gaps(playbook: Playbook) -> Iterator[Finding]:
    bounds = _bounds(playbook, "event_gap")
    above = [kind for kind in playbook.event_kinds if bounds and kind.gap and kind.gap[1] >= bounds[0]]
    late = [kind.gap[1] for kind in above if kind.gap and kind.sales]
    if not bounds or not late:
        return
    visits = [kind.gap[1] for kind in above if kind.gap and kind.visit]
    beside = f" (visits {max(visits)})" if visits else ""
    yield Finding(
        "event-gaps",
        f"Events should take less than {bounds[0]} days from set to scheduled; the kinds' own targets run up to "
        f"{max(late)} days{beside}.",
        {
            "target": bounds[0],
            "longest": max(late),
            "longest_visit": max(visits, default=0),
            "kinds": len(late),
        },
        (*(f"event_kind.{kind.key}.gap" for kind in above), "target.event_gap"),
    )


def _points(playbook: Playbook) -> Iterator[Finding]:
    planned = sum(kind.points * (kind.plan or 0) for kind in playbook.activity_kinds)
    quota = playbook.points.quota if playbook.points else 0
    if quota and planned and planned != quota:
        yield Finding(
            "points-plan",
            f"The plan of activities adds up to {planned} points a month; the quota is {quota}.",
            {"planned": planned, "quota": quota},
            ("points.quota", "activity_kind"),
        )


def _close_goals(playbook: Playbook) -> Iterator[Finding]:
    goals = [stage.close_goal for stage in playbook.stages if stage.close_goal is not None]
    if goals and sum(goals) != _WHOLE:
        yield Finding(
            "close-goals",
            f"The stages where deals close add up to {sum(goals)}% of wins, not {_WHOLE}%.",
            {"total": sum(goals)},
            tuple(
                f"stage.{stage.key}.close_goal" for stage in playbook.stages if stage.close_goal is not None
            ),
        )


def _said_twice(playbook: Playbook) -> Iterator[Finding]:
    """Check that a number which stands in two tables, each read on its own, is the same in both."""
    pairs = [
        (f"stage.{stage.key}.{field}", getattr(stage, field), limit)
        for stage in playbook.stages
        if stage.after_sale
        for field, limit in (
            ("warning_after", "no_visit_after"),
            ("critical_after", "no_visit_critical_after"),
        )
    ]
    if bounds := _bounds(playbook, "event_gap"):
        pairs.append(("target.event_gap", bounds[0], "gap_goal_below"))
    for place, number, limit in pairs:
        other = playbook.limits[limit]
        if number is not None and number != other:
            yield Finding(
                f"said-twice-{limit.replace('_', '-')}",
                f"`{place}` says {number} days, `limit.{limit}` says {other}: they mean the same.",
                {"number": number, "limit": other},
                (place, f"limit.{limit}"),
            )


def _industry_tracks(playbook: Playbook) -> Iterator[Finding]:
    tracks = [track.key for track in offered(playbook.tracks) if track.industry]
    most = playbook.limits["industry_tracks"]
    if len(tracks) > most:
        yield Finding(
            "industry-tracks",
            f"{len(tracks)} tracks are for an industry; `limit.industry_tracks` says {most} target industries.",
            {"tracks": len(tracks), "limit": most},
            (*(f"track.{key}.industry" for key in tracks), "limit.industry_tracks"),
        )


_CHECKS: Final[tuple[Callable[[Playbook], Iterator[Finding]], ...]] = (
    _testimonials,
    _referrals,
    _win_rate,
    _bases,
    _cycle,
    _charter,
    _funnel,
    _visits_apart,
    _gaps,
    _points,
    _close_goals,
    _said_twice,
    _industry_tracks,
)
