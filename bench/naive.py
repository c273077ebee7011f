"""What anyone writes from the tutorials of Typer and SQLModel: leads in a table, to add, to list, and by source.

It is one of those that `bench/peers.py` measures; it does what those tutorials do, and nothing to be slow.
"""

import os
from datetime import date
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlmodel import Field, Session, SQLModel, col, create_engine, func, select


class Source(StrEnum):
    """Where a lead came from."""

    WEB = "web"
    REFERRAL = "referral"
    EVENT = "event"
    NETWORKING = "networking"
    WALK_IN = "walk-in"
    OTHER = "other"


class Lead(SQLModel, table=True):
    """Somebody who may become a client."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(index=True)
    company: str | None = None
    email: str | None = None
    city: str | None = None
    received_on: date = Field(default_factory=date.today, index=True)
    source: str = Field(default=Source.OTHER, index=True)


app = typer.Typer(no_args_is_help=True)
engine = create_engine(f"sqlite:///{os.environ.get('LEADS_DB', 'leads.db')}")
console = Console()


@app.callback()
def main() -> None:
    """Keep track of leads."""
    SQLModel.metadata.create_all(engine)


@app.command()
def add(
    name: str,
    company: Annotated[str | None, typer.Option(help="Where they work")] = None,
    email: Annotated[str | None, typer.Option(help="How to write to them")] = None,
    city: Annotated[str | None, typer.Option(help="Where they are")] = None,
    source: Annotated[Source, typer.Option(help="Where the lead came from")] = Source.OTHER,
) -> None:
    """Add a lead."""
    with Session(engine) as session:
        lead = Lead(name=name, company=company, email=email, city=city, source=source)
        session.add(lead)
        session.commit()
        session.refresh(lead)
        console.print(f"Added lead {lead.id}: {lead.name}")


@app.command("list")
def list_leads(source: Annotated[Source | None, typer.Option(help="Only of this source")] = None) -> None:
    """List leads, the newest first."""
    query = select(Lead).order_by(col(Lead.received_on).desc())
    if source:
        query = query.where(Lead.source == source)
    table = Table("ID", "Name", "Received", "Source")
    with Session(engine) as session:
        for lead in session.exec(query):
            table.add_row(str(lead.id), lead.name, str(lead.received_on), lead.source)
    console.print(table)


@app.command()
def report() -> None:
    """Count the leads of each source."""
    table = Table("Source", "Leads")
    with Session(engine) as session:
        for source, leads in session.exec(select(Lead.source, func.count()).group_by(Lead.source)):
            table.add_row(source, str(leads))
    console.print(table)


if __name__ == "__main__":
    app()
