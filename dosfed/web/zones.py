"""The time zones that an operator chooses from, as people of a language call their places."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from babel.core import Locale, get_global

from dosfed.accounts.zones import known_zones
from dosfed.web.languages import load_translations


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


AREAS: Mapping[str, str] = {
    "Africa": _("Africa"),
    "America": _("America"),
    "Antarctica": _("Antarctica"),
    "Arctic": _("Arctic"),
    "Asia": _("Asia"),
    "Atlantic": _("Atlantic"),
    "Australia": _("Australia"),
    "Europe": _("Europe"),
    "Indian": _("Indian Ocean"),
    "Pacific": _("Pacific"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A time zone: its name, and the place that it is called by."""

    name: str
    place: str


@cache
def zones_by_area(language: str) -> Mapping[str, tuple[Zone, ...]]:
    """Return the zones of each part of the world, in the order of their places.

    Former names of a zone are left out, and so are those that name no place.
    """
    say = load_translations(language).gettext
    former, called = get_global("zone_aliases"), Locale(language).time_zones
    found: dict[str, list[Zone]] = {area: [] for area in AREAS}
    for name in known_zones() - former.keys():
        area, _slash, place = name.partition("/")
        if place and area in found:
            city = called[name].get("city") if name in called else None
            found[area].append(Zone(name=name, place=city or _place(place)))
    return {
        say(AREAS[area]): tuple(sorted(zones, key=_order)) for area, zones in found.items() if zones
    }


def _place(path: str) -> str:
    return path.rpartition("/")[2].replace("_", " ")


def _order(zone: Zone) -> tuple[str, str]:
    return unicodedata.normalize("NFKD", zone.place).casefold(), zone.name
