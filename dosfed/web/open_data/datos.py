"""The catalogue of an instance as public portals of Argentina read it.

"Perfil Nacional de Metadatos" 1.2: one file, `/data.json`, whose columns are explained in Spanish.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dosfed.shown.data_rows import TABLES
from dosfed.web.open_data.dcat import DESCRIPTION, LANGUAGES, Entry, House
from dosfed.web.open_data.dictionary import DICTIONARY, Column, Type
from dosfed.web.open_data.packages import Translate
from dosfed.web.open_data.writing import write_moment

THEMES = "http://datos.gob.ar/superThemeTaxonomy.json"
TITLE_LENGTH = 100
SPANISH = "es"
TYPES: Mapping[Type, str] = {"number": "integer", "moment": "datetime"}
Node = dict[str, Any]


def write_datos(house: House, entries: Sequence[Entry], translate: Translate) -> Node:
    """Return the whole catalogue."""
    publisher = {"name": house.name, "mbox": house.mail}
    said = translate(DESCRIPTION, SPANISH)
    catalogue: Node = {
        "version": "1.2",
        "identifier": house.base_url,
        "title": house.name[:TITLE_LENGTH],
        "description": said,
        "publisher": publisher,
        "superThemeTaxonomy": THEMES,
        "homepage": house.base_url,
        "language": [LANGUAGES[code] for code in house.languages if code in LANGUAGES],
        "dataset": [_data_set(house, entry, translate) for entry in entries],
    }
    if entries:
        catalogue["issued"] = write_moment(min(entry.data.created_at for entry in entries))
        catalogue["modified"] = write_moment(max(entry.changed_at for entry in entries))
    return catalogue


def _data_set(house: House, entry: Entry, translate: Translate) -> Node:
    data = entry.data
    node: Node = {
        "identifier": data.id,
        "title": data.title[:TITLE_LENGTH],
        "description": data.summary.strip() or data.title,
        "publisher": {"name": data.organiser_title, "mbox": house.mail},
        "superTheme": ["GOVE"],
        "keyword": ["participación", "consulta"],
        "accrualPeriodicity": "eventual" if entry.is_over else "R/P1D",
        "issued": write_moment(data.created_at),
        "modified": write_moment(entry.changed_at),
        "temporal": f"{write_moment(data.opens)}/{write_moment(data.closes)}",
        "language": [word] if (word := LANGUAGES.get(data.language.partition("-")[0])) else [],
        "landingPage": f"{data.id}/data",
        "distribution": [_file(entry, name, translate) for name in TABLES],
    }
    if data.licence is not None:
        node["license"] = data.licence.name
    return node


def _file(entry: Entry, name: str, translate: Translate) -> Node:
    data, table = entry.data, DICTIONARY[name]
    place = f"{data.id}/data/{name}.csv"
    node: Node = {
        "identifier": place,
        "title": translate(table.title, SPANISH),
        "description": translate(table.says, SPANISH),
        "accessURL": f"{data.id}/data",
        "downloadURL": place,
        "format": "CSV",
        "mediaType": "text/csv",
        "fileName": f"{data.address}-{name}.csv",
        "issued": write_moment(data.created_at),
        "modified": write_moment(entry.changed_at),
        "field": [_field(column, translate) for column in table.columns],
    }
    if data.licence is not None:
        node["license"] = data.licence.name
    return node


def _field(column: Column, translate: Translate) -> dict[str, str]:
    return {
        "title": column.name,
        "type": TYPES.get(column.type, "string"),
        "description": translate(column.says, SPANISH),
    }
