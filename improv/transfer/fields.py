"""What a file may be imported as, and the fields of each kind: meaning, type, and the headers they are known by.

The headers are those of common CRM exports (Salesforce, HubSpot, Pipedrive, spreadsheets) and a few translations. They
serve guessing only; a mapping names the fields themselves.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from improv.errors import Usage
from improv.playbook import mending

Type = Literal[
    "text", "name", "day", "moment", "money", "integer", "percent", "score", "yes or no", "choice", "time"
]


@dataclass(frozen=True, slots=True)
class Field:
    """A field: its name in mappings, what it says, its type, the list a choice is of, and the headers it goes by."""

    name: str
    means: str
    type: Type = "text"
    choice: str = ""
    headers: tuple[str, ...] = ()
    negative: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is imported as: one row is one of these."""

    name: str
    singular: str
    table: str
    fields: dict[str, Field] = field(repr=False)
    # Headers that together make one field, such as a first and a last name.
    parts: dict[str, tuple[tuple[str, ...], ...]] = field(default_factory=dict, repr=False)

    def field(self, name: str) -> Field:
        """Return a field by its name; refused when the kind has none of it."""
        if name not in self.fields:
            raise Usage(f"{self.name} have no such field", name, mending(name, self.fields))
        return self.fields[name]


def _words(listed: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in listed.split(",")) if listed else ()


def text(name: str, means: str, headers: str = "") -> Field:
    """Return a field of plain text; `headers` are the headers it goes by, with commas between."""
    return Field(name, means, headers=_words(headers))


def of(kind: Type, name: str, means: str, headers: str = "", *, negative: bool = False) -> Field:
    """Return a field of another type than text."""
    return Field(name, means, kind, headers=_words(headers), negative=negative)


def choice(of: str, name: str, means: str, headers: str = "") -> Field:
    """Return a field that holds one of a list of words."""
    return Field(name, means, "choice", of, _words(headers))


_ID: Final = "id, record id, external id, kennung, identifiant, identificador"
OWNER: Final = text(
    "owner",
    "who works it",
    "owner, owner name, salesperson, sales rep, account manager, assigned to, besitzer, zuständig, verantwortlich, "
    "propriétaire, vendeur, propietario, vendedor, responsable, responsável",
)
WHERE: Final = (
    text("industry", "industry", "industry, sector, branche, secteur, industria, setor, indústria"),
    text(
        "city",
        "city",
        "city, town, mailing city, billing city, work city, business city, ort, stadt, ville, ciudad, cidade",
    ),
    text(
        "region",
        "region or state",
        "region, state, province, bundesland, région, región, estado, mailing state, billing state",
    ),
    text("country", "country", "country, mailing country, billing country, land, pays, país"),
)
REACHED: Final = (
    text(
        "email",
        "email address",
        "email, e-mail, email address, primary email, work email, e-mail 1 - value, person - email (work), "
        "e-mail-adresse, courriel, correo, correo electrónico",
    ),
    text(
        "phone",
        "phone number",
        "phone, phone number, work phone, business phone, mobile phone, phone 1 - value, person - phone, "
        "telephone, telefon, téléphone, teléfono, telefone",
    ),
)
AS_OF: Final = of("day", "as_of", "the day the row's figures are true on")
NOTE: Final = text("note", "a note kept with it")


def link(noun: str, ids: str = "", names: str = "", naming: str = "name") -> tuple[Field, Field]:
    """Return the two fields that say which record a row belongs to: by id and by name."""
    return (
        text(noun, f"the {noun} it belongs to, by its id in the other system", ids),
        Field(f"{noun}_name", f"the {noun} it belongs to, by its {naming}", "name", headers=_words(names)),
    )


LEAD: Final = link("lead", "lead id, contact id, who id", "lead, lead name")
CLIENT: Final = link(
    "client", "client id, customer id, account id, kundennummer", "client, customer, account, kunde, cliente"
)
OPPORTUNITY: Final = link(
    "opportunity", "opportunity id, deal id, what id", "opportunity, opportunity name, deal", "title"
)
CAMPAIGN: Final = link(
    "campaign", "campaign id", "campaign, campaign name, kampagne, campagne, campaña, campanha"
)


def kind(name: str, singular: str, table: str, ids: str, /, *fields: Field, **parts: tuple[str, ...]) -> Kind:
    """Return a kind with its own id field; `parts` are headers that together make one field."""
    own = text("id", f"the {singular}'s id in the other system", f"{ids}, {_ID}")
    made = {key: tuple(_words(part) for part in words) for key, words in parts.items()}
    return Kind(name, singular, table, {one.name: one for one in (own, *fields)}, made)


FIRST_AND_LAST: Final = (
    "first name, given name, vorname, prénom, nombre, person - first name",
    "last name, family name, surname, nachname, nom de famille, apellido, apellidos, sobrenome, person - last name",
)
