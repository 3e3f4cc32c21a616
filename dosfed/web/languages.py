"""The languages that pages speak: which one a visitor reads, and how it writes dates."""

import io
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from pathlib import Path

from aiohttp import web
from babel.dates import format_date, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from babel.support import NullTranslations, Translations

from dosfed.context import SETTINGS
from dosfed.web.site import SITE

# English is what the templates are written in; the others have a catalogue.
LANGUAGES: Mapping[str, str] = {"fr": "Français", "es": "Español", "en": "English"}
SOURCE = "en"
CATALOGUES = Path(__file__).parent.parent / "translations"
COOKIE = "language"
COOKIE_SECONDS = 365 * 86_400
# The same numbers and days stand on every page; to write one takes longer than to keep it.
KEPT = 2_048


@cache
def load_translations(language: str) -> NullTranslations:
    """Read a catalogue; it is compiled in memory, so that no stale file can be met."""
    if language == SOURCE:
        return NullTranslations()
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def language_of(request: web.Request) -> str:
    """Return the language that a visitor reads: asked for, chosen earlier, or their browser's."""
    site = request.app[SITE].site
    for name in (request.query.get("lang", ""), request.cookies.get(COOKIE, "")):
        if name in site.languages:
            return name
    header = request.headers.get("Accept-Language", "")
    return _preferred(header, site.languages, site.language)


def remember(request: web.Request, response: web.StreamResponse, language: str) -> None:
    """Let a browser keep the language that somebody chose."""
    response.set_cookie(
        COOKIE,
        language,
        max_age=COOKIE_SECONDS,
        path="/",
        secure=request.app[SETTINGS].is_https,
        httponly=True,
        samesite="Lax",
    )


def named(offered: tuple[str, ...]) -> Mapping[str, str]:
    """Return the languages that an instance offers, as each calls itself."""
    return {code: name for code, name in LANGUAGES.items() if code in offered}


@lru_cache(maxsize=256)
def _preferred(header: str, offered: tuple[str, ...], default: str) -> str:
    """Return the best of our languages by RFC 9110, 12.5.4; `fr-BE` is content with `fr`."""
    best, best_weight = default, 0.0
    for part in header[:200].split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.strip().partition("-")[0].lower()
        weight = _weight(parameter)
        if language in offered and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


@lru_cache(maxsize=KEPT)
def write_date(moment: datetime, language: str, zone: tzinfo | None) -> str:
    """Write a day of a zone, or of the server's own: 1er mai 2026."""
    day = moment.astimezone(zone)
    written = format_date(day, "long", locale=_locale(language))
    # In French the first of a month is an ordinal, which CLDR's patterns do not know.
    return written.replace("1", "1er", 1) if language == "fr" and day.day == 1 else written


@lru_cache(maxsize=KEPT)
def write_time(
    moment: datetime, language: str, zone: tzinfo | None, until: datetime | None = None
) -> str:
    """Write a time of day with its zone: 14:00 (UTC+2).

    Of a time from which something lasts `until` another, that one says the zone for both.
    """
    local = moment.astimezone(zone)
    clock = format_time(local, "short", tzinfo=local.tzinfo, locale=_locale(language))
    offset = local.utcoffset() or timedelta()
    if until is not None and until.astimezone(zone).utcoffset() == offset:
        return clock
    return f"{clock} ({_offset(offset)})"


@lru_cache(maxsize=KEPT)
def write_number(number: float, language: str) -> str:
    """Write a number: 1 234."""
    return format_decimal(number, locale=_locale(language))


@lru_cache(maxsize=KEPT)
def write_percent(share: float, language: str) -> str:
    """Write a share: 43 %."""
    return format_percent(share, locale=_locale(language))


def write_moment(moment: datetime) -> str:
    """Write a moment for machines (RFC 3339)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _offset(offset: timedelta) -> str:
    minutes = int(offset.total_seconds() // 60)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    sign = "+" if minutes > 0 else "\N{MINUS SIGN}"
    return f"UTC{sign}{hours}" + (f":{rest:02}" if rest else "")


def _locale(language: str) -> str:
    # Days before months, as in most places where English is not the first language.
    return "en_GB" if language == "en" else language
