"""Every field of the method's table "What is recorded, and when" can be recorded by a command, and is shown again.

A row is: the field, the command that records it, the command that shows it, and the words it is shown by. The rows
of a moment are typed in one store, in this order. Touches come later.
"""

from pathlib import Path

import pytest

from improv.fields import FIELDS
from tests.session import must

Row = tuple[str, str, str, str]

LEAD: tuple[Row, ...] = (
    ("the client who refers", "client add 'Old Client' --on 2026-01-05", "client list", "Old Client"),
    ("the campaign", "campaign add Ads --on 2026-11-02", "campaign list", "Ads"),
    ("name", "lead add Ada", "lead list", "Ada"),
    ("company", "lead edit L1 --company Engines", "show L1", "Company\tEngines"),
    ("email", "lead edit L1 --email a@b.example", "show L1", "Email\ta@b.example"),
    ("phone", "lead edit L1 --phone 0228-1", "show L1", "Phone\t0228-1"),
    ("website", "lead edit L1 --website b.example", "show L1", "Website\tb.example"),
    ("age group", "lead edit L1 --age-group 40-50", "show L1", "Age group\t40-50"),
    ("gender", "lead edit L1 --gender female", "show L1", "Gender\tfemale"),
    ("job profile", "lead edit L1 --job-profile analyst", "show L1", "Job profile\tanalyst"),
    ("industry", "lead edit L1 --industry mills", "show L1", "Industry\tmills"),
    ("city", "lead edit L1 --city Bonn", "show L1", "City\tBonn"),
    ("region", "lead edit L1 --region NRW", "show L1", "Region\tNRW"),
    ("country", "lead edit L1 --country DE", "show L1", "Country\tDE"),
    ("source", "lead edit L1 --source networking", "lead list", "networking"),
    ("networking event", "lead edit L1 --met-at 'Rhine Fair'", "show L1", "Met at\tRhine Fair"),
    ("its date", "lead edit L1 --met-on fri", "show L1", "Met on\t2026-11-20"),
    ("platform", "lead edit L1 --platform Trusted", "show L1", "Platform\tTrusted"),
    ("which client", "lead edit L1 --referring-client C1", "show L1", "Referring client\tC1 Old Client"),
    ("campaign", "lead edit L1 --campaign M1", "show L1", "Campaign\tM1 Ads"),
    ("salesperson", "lead edit L1 --owner Sam", "show L1", "Owner\tSam since 2026-11-23"),
    ("first meeting", "lead edit L1 --first-meeting-on fri", "show L1", "First meeting on\t2026-11-27"),
    ("lead score", "lead edit L1 --score 70", "show L1", "Score\t70 by hand since 2026-11-23"),
    ("temperature", "lead edit L1 --temperature hot", "show L1", "Temperature\thot since 2026-11-23"),
    ("external id", "lead edit L1 --external-id X7", "show L1", "X7"),
    ("no more mail", "lead edit L1 --unsubscribed-on fri", "show L1", "Unsubscribed on\t2026-11-20"),
    ("qualified", "lead qualify L1 --because 'has a budget'", "show L1", "has a budget"),
    ("not qualified", "lead qualify L1 --no --because 'lost it'", "show L1", "lost it"),
    ("lifecycle", "lead lifecycle L1 mql", "show L1", "lifecycle mql"),
)
OPPORTUNITY: tuple[Row, ...] = (
    ("a lead", "lead add Ada --source web", "lead list", "Ada"),
    ("a campaign", "campaign add Ads --on 2026-11-02", "campaign list", "Ads"),
    ("title", "opp add L1 --title Audit", "opp list", "Audit"),
    ("corrected title", "opp edit O1 --title 'Audit 2027'", "opp list", "Audit 2027"),
    ("value", "opp edit O1 --value 12.5k", "show O1", "Value\t12,500 since 2026-11-23"),
    ("close date", "opp edit O1 --close-on '22 jan'", "show O1", "Close on\t2027-01-22"),
    ("probability", "opp edit O1 --probability 40%", "show O1", "probability 40%"),
    ("owner", "opp edit O1 --owner Sam", "show O1", "Owner\tSam since"),
    ("description", "opp edit O1 --description 'one site'", "show O1", "Description\tone site"),
    ("type", "opp edit O1 --type service", "show O1", "Type\tservice"),
    ("source", "opp edit O1 --source web", "show O1", "Source\tweb"),
    ("campaign", "opp edit O1 --campaign M1", "show O1", "Campaign\tM1 Ads"),
    ("business unit", "opp edit O1 --business-unit South", "show O1", "Business unit\tSouth"),
    ("location", "opp edit O1 --location Bonn", "show O1", "Location\tBonn"),
    ("rating", "opp edit O1 --rating A", "show O1", "Rating\tA"),
    ("external id", "opp edit O1 --external-id X7", "show O1", "X7"),
    ("product line", "opp line O1 Report --revenue 8k --cost 2k", "show O1", "Report"),
    ("left out line", "opp line O1 Training --revenue 1k --not-included", "show O1", "Training"),
    ("influencer", "opp contact O1 Ida --role influencer", "show O1", "Ida"),
    ("decision maker", "opp contact O1 Dan --role 'decision maker'", "show O1", "decision maker"),
    ("buyer", "opp contact O1 Bea --role buyer --email b@b.example", "show O1", "Bea"),
    ("stage", "opp move O1 proposal --probability 60", "show O1", "moved to Proposal"),
    ("lost, reason", "opp lost O1 --because price --words 'too dear'", "show O1", "too dear"),
    ("reopened", "opp reopen O1", "show O1", "reopened"),
    ("no decision, reason", "opp no-decision O1 --because went-quiet", "show O1", "no decision"),
    ("reopened again", "opp reopen O1", "show O1", "reopened"),
    ("won, reason", "opp won O1 --because trust", "show O1", "won 12,500"),
)
EVENT: tuple[Row, ...] = (
    ("a lead", "lead add Ada --source web --on fri", "lead list", "Ada"),
    ("an opportunity", "opp add L1 --title Audit --on fri", "opp list", "Audit"),
    (
        "type, set date, scheduled for",
        "event schedule O1 discovery-meeting 'thu 15:00' --set fri",
        "show E1",
        "Set\t2026-11-20",
    ),
    ("gap", "event edit E1 --subject need", "show E1", "Gap\t6"),
    ("subject", "event edit E1 --subject needs", "show E1", "Subject\tneeds"),
    ("anticipated stage", "event edit E1 --anticipated-stage proposal", "show E1", "Proposal"),
    ("end", "event edit E1 --ends-time 16:30", "show E1", "Ends time\t16:30"),
    ("place", "event edit E1 --place Bonn", "show E1", "Place\tBonn"),
    ("reminder", "event edit E1 --reminder-minutes 1h", "show E1", "Reminder minutes\t60"),
    ("confirmation", "event edit E1 --confirmation-on today", "show E1", "Confirmation on\t2026-11-23"),
    ("assigned to", "event edit E1 --assigned-to Sam", "show E1", "Assigned to\tSam"),
    ("assigned by", "event edit E1 --assigned-by Kim", "show E1", "Assigned by\tKim"),
    ("external id", "event edit E1 --external-id X7", "show E1", "X7"),
    ("moved", "event move E1 'fri 9:00'", "show E2", "2026-11-27"),
    (
        "completed, outcome, actual stage, notes, probability, next event",
        "event done E2 --next discovery --outcome needs --notes 'liked it' --probability 55 --then 'realignment-meeting +9d'",
        "show E2",
        "liked it",
    ),
    ("the stage it led to", "note add E2 x", "opp list", "Mutual discovery"),
    ("the new probability", "note add E2 y", "show O1", "Probability\t55% since 2026-11-23"),
    ("the next event", "note add E3 z", "event list", "realignment meeting"),
    ("cancelled", "event cancel E3", "event list --status cancelled", "E3"),
    ("another", "event schedule O1 discovery-meeting +5d", "event list", "E4"),
    ("no-show", "event no-show E4", "event list --status no-show", "E4"),
)
CLIENT: tuple[Row, ...] = (
    ("since when", "client add Acme --on 2026-01-05", "client list", "2026-01-05"),
    ("contact name", "client edit C1 --contact-name Ida", "show C1", "Contact name\tIda"),
    ("email", "client edit C1 --email a@b.example", "show C1", "Email\ta@b.example"),
    ("phone", "client edit C1 --phone 1", "show C1", "Phone\t1"),
    ("owner", "client edit C1 --owner Sam", "show C1", "Owner\tSam since"),
    ("health", "client edit C1 --health 90 --on 2026-10-01", "show C1", "health 90"),
    ("engagement", "client edit C1 --engagement 50", "show C1", "Engagement\t50 by hand since"),
    ("yearly revenue", "client edit C1 --revenue 12k", "show C1", "Revenue\t12,000 since"),
    ("referrals so far", "client edit C1 --referrals-before 3", "show C1", "Referrals before\t3"),
    ("industry", "client edit C1 --industry mills", "show C1", "Industry\tmills"),
    ("city", "client edit C1 --city Bonn", "show C1", "City\tBonn"),
    ("region", "client edit C1 --region NRW", "show C1", "Region\tNRW"),
    ("country", "client edit C1 --country DE", "show C1", "Country\tDE"),
    ("external id", "client edit C1 --external-id X7", "show C1", "X7"),
    ("renewal date", "client renewal C1 --due 2027-01-15", "show C1", "renewal"),
    ("renewal discussed", "client renewal C1 --discussed today", "show C1", "renewal discussed"),
    ("upsell opening", "client upsell C1 'second site' --value 9k", "show C1", "second site"),
    ("upsell dropped", "client upsell U1 --dropped 'too dear'", "show C1", "too dear"),
    ("former, and why", "client left C1 --because 'went in-house'", "show C1", "went in-house"),
    ("active again", "client back C1", "client list --status active", "Acme"),
)
VISIT: tuple[Row, ...] = (
    ("a client", "client add Acme --on 2026-01-05 --health 80", "client list", "Acme"),
    (
        "booking",
        "visit schedule C1 'today 10:00' --set 2026-11-13 --visit-kind qbr",
        "event list",
        "client visit",
    ),
    (
        "all at once",
        "visit log C1 --testimonial superb --story halved --referral Grace --upsell 'a site' --health 95 --next '10 dec'",
        "show V1",
        "2026-11-23",
    ),
    ("type", "visit edit V1 --kind check-in", "show V1", "check-in"),
    ("attendees", "visit edit V1 --attendees 'Ida, Dan'", "show V1", "Attendees\tIda, Dan"),
    ("topics", "visit edit V1 --topics plans", "show V1", "Topics\tplans"),
    ("outcomes", "visit edit V1 --outcomes 'two plans'", "show V1", "Outcomes\ttwo plans"),
    ("satisfaction", "visit edit V1 --satisfaction 5", "show V1", "Satisfaction\t5"),
    ("testimonial asked for", "visit edit V1 --asked-testimonial", "show V1", "Asked testimonial\tyes"),
    ("story asked for", "visit edit V1 --asked-story", "show V1", "Asked story\tyes"),
    ("referral asked for", "visit edit V1 --asked-referral", "show V1", "Asked referral\tyes"),
    ("next steps", "visit edit V1 --next-steps 'send it'", "show V1", "Next steps\tsend it"),
    ("who went", "visit edit V1 --owner Sam", "show V1", "Owner\tSam"),
    ("external id", "visit edit V1 --external-id X7", "show V1", "X7"),
    ("upsell found", "note add V1 x", "show C1", "a site"),
    ("effect on health", "note add V1 y", "show C1", "Health\t95 by hand since 2026-11-23"),
    ("next visit", "note add V1 z", "event list --status scheduled", "2026-12-10"),
    ("testimonial, its visit", "testimonial add C1 --content more --visit V1", "show T2", "V1"),
    ("content", "testimonial edit T2 --content most", "show T2", "Content\tmost"),
    ("kind", "testimonial edit T2 --kind video", "show T2", "Kind\tvideo"),
    ("method", "testimonial edit T2 --method letter", "show T2", "Method\tletter"),
    ("collected by", "testimonial edit T2 --collected-by Sam", "show T2", "Collected by\tSam"),
    ("rating", "testimonial edit T2 --rating 5", "show T2", "Rating\t5"),
    ("permission", "testimonial edit T2 --permission yes", "show T2", "Permission\tyes"),
    ("where published", "testimonial edit T2 --published-where site", "show T2", "Published where\tsite"),
    ("when published", "testimonial edit T2 --published-on today", "show T2", "Published on\t2026-11-23"),
    ("used in marketing", "testimonial edit T2 --used-on today", "show T2", "Used on\t2026-11-23"),
    ("external id", "testimonial edit T2 --external-id X7", "show T2", "X7"),
    ("story, its visit", "story add C1 --achieved more --visit C1", "show S2", "V1"),
    ("achieved", "story edit S2 --achieved thirded", "show S2", "Achieved\tthirded"),
    ("numbers", "story edit S2 --numbers '40 to 13'", "show S2", "Numbers\t40 to 13"),
    ("permission", "story edit S2 --permission asked", "show S2", "Permission\tasked"),
    ("external id", "story edit S2 --external-id X7", "show S2", "X7"),
    ("referral, when, visit", "referral add C1 Bob --on 'today 9:30' --visit V1", "show R2", "V1"),
    ("the new lead", "note add R2 x", "show R2", "L2 Bob"),
    ("time of day", "note add R2 y", "show R2", "09:30"),
    ("how", "referral edit R2 --how lunch", "show R2", "How\tlunch"),
    ("type", "referral edit R2 --kind warm", "show R2", "Kind\twarm"),
    ("email", "referral edit R2 --email a@b.example", "show R2", "Email\ta@b.example"),
    ("phone", "referral edit R2 --phone 1", "show R2", "Phone\t1"),
    ("estimated value", "referral edit R2 --estimated-value 4k", "show R2", "Estimated value\t4000.00"),
    ("incentive", "referral edit R2 --incentive cake", "show R2", "Incentive\tcake"),
    ("external id", "referral edit R2 --external-id X7", "show R2", "X7"),
    ("first contact", "referral contacted R2 --on 'today 11:00'", "referral list --status contacted", "R2"),
    ("declined", "referral declined R1", "referral list --status declined", "R1"),
)
WORK: tuple[Row, ...] = (
    ("a lead", "lead add Ada --source web --on fri", "lead list", "Ada"),
    (
        "a campaign",
        "campaign add Ads --type email --subtype 'track general' --on 2026-11-02",
        "campaign list",
        "Ads",
    ),
    ("kind, who, when", "log call L1 hello --on 'fri 15:00' --times 2", "show A1", "15:00"),
    ("how many", "note add A1 x", "activity list", "\t2\t"),
    ("subject", "activity edit A1 --subject price", "show A1", "Subject\tprice"),
    ("minutes", "activity edit A1 --minutes 1h", "show A1", "60"),
    ("response", "activity edit A1 --response yes", "show A1", "Response\tyes"),
    ("outcome", "activity edit A1 --outcome good", "show A1", "Outcome\tgood"),
    ("owner", "activity edit A1 --owner Sam", "show A1", "Owner\tSam"),
    ("campaign", "activity edit A1 --campaign M1", "show A1", "Campaign\tM1 Ads"),
    ("notes", "activity edit A1 --notes 'two sites'", "show A1", "Notes\ttwo sites"),
    ("external id", "activity edit A1 --external-id X7", "show A1", "X7"),
    ("task, on what", "task add 'send it' --about L1", "show K1", "L1 Ada"),
    ("due", "task edit K1 --due fri", "show K1", "due 2026-11-27"),
    ("assigned to", "task edit K1 --assigned-to Sam", "show K1", "Assigned to\tSam"),
    ("assigned by", "task edit K1 --assigned-by Kim", "show K1", "Assigned by\tKim"),
    ("external id", "task edit K1 --external-id X7", "show K1", "X7"),
    ("moved", "task move K1 +7d", "task list", "2026-11-30"),
    ("done", "task done K1", "task list --status done", "K1"),
    ("note, when", "note add L1 'prefers mornings' --on fri", "show N2", "2026-11-20"),
    ("written by", "note edit N2 --written-by Kim", "show N2", "Written by\tKim"),
    ("pinned", "note edit N2 --pinned", "show L1", "pinned: prefers mornings"),
    ("type", "campaign edit M1 --type print --subtype magazine", "campaign list", "magazine"),
    ("starts", "campaign edit M1 --starts-on 2026-11-01", "show M1", "2026-11-01"),
    ("ends", "campaign edit M1 --ends-on 2026-12-24", "show M1", "2026-12-24"),
    ("tracked phone", "campaign edit M1 --tracked-phone 0800", "show M1", "Tracked phone\t0800"),
    ("keywords", "campaign edit M1 --keywords audit", "show M1", "Keywords\taudit"),
    ("owner", "campaign edit M1 --owner Sam", "show M1", "Owner\tSam"),
    ("external id", "campaign edit M1 --external-id X7", "show M1", "X7"),
    ("what was changed", "kpi change 'raised the price' --on fri", "show X1", "changed: raised the price"),
    ("when it was", "change edit X1 --on-day today", "show X1", "On day\t2026-11-23"),
    (
        "results of a day",
        (
            "campaign result M1 --spend 450 --impressions 9001 --clicks 81 --emails-opened 71 --links-clicked 61 "
            "--forms 51 --platform-leads 41 --platform-customers 31 --on fri"
        ),
        "show M1",
        (
            "2026-11-20\t–\t–\tresults 450: 9001 impressions; 81 clicks; 71 emails opened; 61 links clicked; "
            "51 forms; 41 leads as the platform reports; 31 customers as the platform reports"
        ),
    ),
)
QUOTA: tuple[Row, ...] = (
    ("what is to be won, from when", "quota set 40k --from 2026-10-01", "show Q1", "From\t2026-10-01"),
    ("the amount", "quota edit Q1 --value 45k", "show Q1", "Value\t45000.00"),
    ("the period", "quota edit Q1 --per quarter", "show Q1", "Per\tquarter"),
    ("salesperson", "quota edit Q1 --owner Sam", "show Q1", "Owner\tSam"),
    ("business unit", "quota edit Q1 --unit South", "show Q1", "Unit\tSouth"),
    ("the points to earn", "quota set 500 --points ", "show Q2", "Points\t500"),
)
SURVEY: tuple[Row, ...] = (
    ("a client", "client add Acme --on 2026-11-02", "client list", "Acme"),
    (
        "who, when, question, reason",
        "survey add left price --who C1 --on fri",
        "show C1",
        "2026-11-20\t–\tY1\tsurvey, left",
    ),
    ("another reason", "survey edit Y1 --reason results", "show Y1", "Reason\tresults"),
    (
        "own words",
        "survey edit Y1 --words 'nobody called'",
        "show C1",
        "survey, left: results: nobody called",
    ),
    ("external id", "survey edit Y1 --external-id X7", "show Y1", "X7"),
    ("nobody", "survey add 'called support' how-to", "survey list", "called support\t–\t2026-11-23"),
)
TOUCHED: tuple[Row, ...] = (
    ("a lead", "lead add Ada --source web", "lead list", "Ada"),
    ("page", "touch add L1 --page /pricing", "show L1", "W1\tpage /pricing"),
    ("kind", "touch add L1 --kind form", "show W2", "Kind\tform"),
    ("seconds", "touch edit W1 --seconds 31", "show W1", "Seconds\t31"),
    ("words", "touch edit W2 --words 'please call'", "show L1", "form: please call"),
    ("UTM source", "touch edit W1 --utm-source feed", "show W1", "Utm source\tfeed"),
    ("UTM medium", "touch edit W1 --utm-medium rss", "show W1", "Utm medium\trss"),
    ("UTM campaign", "touch edit W1 --utm-campaign spring", "touch list", "feed / rss / spring"),
    ("visitor", "visitor add --email who@x.example", "show B1", "Email\twho@x.example"),
    ("name", "visitor edit B1 --name 'a stranger'", "show B1", "Name\ta stranger"),
)
MOMENTS = {
    "lead": LEAD,
    "opportunity": OPPORTUNITY,
    "event": EVENT,
    "client": CLIENT,
    "visit": VISIT,
    "work": WORK,
    "quota": QUOTA,
    "survey": SURVEY,
    "touch": TOUCHED,
}


def merged(commands: list[str]) -> list[str]:
    """Put neighbouring edits of one record into one command."""
    made: list[str] = []
    for command in commands:
        begins = " ".join(command.split()[:3])
        if " edit " in begins and made and made[-1].startswith(begins):
            made[-1] += command.removeprefix(begins)
        else:
            made.append(command)
    return made


@pytest.mark.parametrize("moment", MOMENTS)
def test_every_field_of_a_moment_is_recorded_and_shown(moment: str, tmp_path: Path) -> None:
    """All that one `edit` takes is typed in one command; when all is typed, every field is shown."""
    db = tmp_path / "improv.db"
    for command in merged([records for _, records, _, _ in MOMENTS[moment]]):
        must(command, db)
    pages = {shows: must(shows, db).out for _, _, shows, _ in MOMENTS[moment]}
    missing = [
        (field, shows, words) for field, _, shows, words in MOMENTS[moment] if words not in pages[shows]
    ]
    assert not missing, "\n".join(pages[shows] for _, shows, _ in missing)


def test_the_table_holds_every_field_there_is() -> None:
    """An option that is new has to be added above."""
    typed = " ".join(row[1] for rows in MOMENTS.values() for row in rows)
    named = {one.option for fields in FIELDS.values() for one in fields}
    assert {option for option in named if f"{option} " not in f"{typed} "} == set()
