"""The people and companies of the sample book."""

from collections.abc import Mapping
from random import Random
from typing import Any


class Cast:
    """Hands out people and companies, none of them twice."""

    def __init__(self, words: Mapping[str, Any], chance: Random) -> None:
        self._words = words
        self._chance = chance
        self._people = [(first, last) for first in words["first_names"] for last in words["last_names"]]
        self._companies = [
            f"{head} {tail}" for head in words["company_heads"] for tail in words["company_tails"]
        ]
        chance.shuffle(self._people)
        chance.shuffle(self._companies)
        self._numbers = 0

    def person(self) -> tuple[str, dict[str, Any]]:
        """Return a new person's name, and how they are reached."""
        first, last = self._people.pop()
        self._numbers += 1
        letters = "".join(letter for letter in f"{first}.{last}".lower() if letter.isascii())
        return f"{first} {last}", {
            "email": f"{letters}@example.com",
            "phone": f"+49 40 5550 {self._numbers:03d}",
        }

    def company(self) -> str:
        """Return a new company's name."""
        return self._companies.pop()

    def about(self) -> dict[str, Any]:
        """Return what is known of somebody's company and work."""
        city, region, country = self._chance.choice(self._words["places"])
        return {
            "company": self.company(),
            "industry": self._chance.choice(self._words["industries"]),
            "city": city,
            "region": region,
            "country": country,
        }
