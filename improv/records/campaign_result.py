"""The results of a campaign, as dated rows."""

from datetime import date

from sqlmodel import Field

from improv.records.base import Record, day, not_negative, table


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
    external_id: str | None = None
