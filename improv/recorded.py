"""Where the records name what a playbook lists: a plain table of each list's keys and the columns that hold them."""

from typing import Final

# List of the playbook → the columns its keys stand in, as table and column.
RECORDED: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "stage": (
        ("stage_stay", "stage"),
        ("opportunity_outcome", "stage"),
        ("event", "anticipated_stage"),
        ("event", "actual_stage"),
    ),
    "event_kind": (("event", "kind"),),
    "source": (("lead", "source"), ("opportunity", "source")),
    "visit_kind": (("visit", "kind"), ("event", "visit_kind")),
    "activity_kind": (("activity", "kind"), ("enrolment_step", "kind")),
    "campaign_type": (("campaign", "type"),),
    "reason": (("opportunity_outcome", "reason"), ("survey_answer", "reason"), ("client_status", "reason")),
    "track": (("enrolment", "track"),),
}
