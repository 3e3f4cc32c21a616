"""The licences under which a consultation can publish what people write in it (rule 3.33).

Five, by a word each: what organisers choose from is short, and each is explained in plain words
beside the forms. The first two are those that French administrations may use by decree.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """A licence: its word in files, its own name, its text, and its id in public catalogues."""

    word: str
    name: str
    uri: str
    catalogue: str  # as data.gouv.fr lists licences
    open_definition: str  # as data packages name them (opendefinition.org)


LICENCES: Mapping[str, Licence] = {
    licence.word: licence
    for licence in (
        Licence(
            word="licence-ouverte-2.0",
            name="Licence Ouverte 2.0",
            uri="https://www.etalab.gouv.fr/wp-content/uploads/2017/04/ETALAB-Licence-Ouverte-v2.0.pdf",
            catalogue="lov2",
            open_definition="etalab-2.0",
        ),
        Licence(
            word="odbl-1.0",
            name="ODbL 1.0",
            uri="https://opendatacommons.org/licenses/odbl/1-0/",
            catalogue="odc-odbl",
            open_definition="ODbL-1.0",
        ),
        Licence(
            word="cc-by-4.0",
            name="CC BY 4.0",
            uri="https://creativecommons.org/licenses/by/4.0/",
            catalogue="cc-by",
            open_definition="CC-BY-4.0",
        ),
        Licence(
            word="cc-by-sa-4.0",
            name="CC BY-SA 4.0",
            uri="https://creativecommons.org/licenses/by-sa/4.0/",
            catalogue="cc-by-sa",
            open_definition="CC-BY-SA-4.0",
        ),
        Licence(
            word="cc0-1.0",
            name="CC0 1.0",
            uri="https://creativecommons.org/publicdomain/zero/1.0/",
            catalogue="cc-zero",
            open_definition="CC0-1.0",
        ),
    )
}
_BY_URI = {licence.uri: licence for licence in LICENCES.values()}


def licence_of(word: str | None) -> Licence | None:
    """Return the licence that a word names; none where none was said, or it is not known here."""
    return None if word is None else LICENCES.get(word)


def licence_at(uri: str | None) -> Licence | None:
    """Return the licence whose text lies at an address."""
    return None if uri is None else _BY_URI.get(uri)
