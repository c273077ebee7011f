"""A campaign, and its results as dated rows."""

from datetime import date

from sqlmodel import Field

from improv.records.base import Record, after, day, named, not_negative, table


class Campaign(Record, table=True):
    """A planned effort to find leads. The pair type and sub-type is a key of the playbook."""

    __table_args__ = table(named("name"), day("starts_on"), day("ends_on"), after("ends_on", "starts_on"))

    name: str
    name_folded: str = Field(index=True)
    type: str | None = None
    subtype: str | None = None
    starts_on: date
    ends_on: date | None = None
    tracked_phone: str | None = None
    keywords: str | None = None
    owner: str | None = None
    external_id: str | None = Field(default=None, index=True)


class CampaignResult(Record, table=True):
    """What a campaign did on a day: spend, impressions, clicks, and what the platform itself reports."""

    __tablename__ = "campaign_result"
    __table_args__ = table(
        day("on_day"),
        *(
            not_negative(column)
            for column in (
                "spend",
                "impressions",
                "clicks",
                "emails_opened",
                "links_clicked",
                "forms",
                "platform_leads",
                "platform_customers",
            )
        ),
    )

    campaign_id: int = Field(foreign_key="campaign.id", index=True)
    on_day: date
    spend: int | None = None
    impressions: int | None = None
    clicks: int | None = None
    emails_opened: int | None = None
    links_clicked: int | None = None
    forms: int | None = None
    platform_leads: int | None = None
    platform_customers: int | None = None
    external_id: str | None = Field(default=None, index=True)
