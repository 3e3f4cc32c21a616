"""What a post says beside its text: pictures, links, a summary, when and where, a poll.

Rule 3.28 says what is kept.
"""

from collections.abc import Iterator
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from dosfed import texts
from dosfed.activitypub.reading import Document, id_of, many, one, optional_text, when, words_of
from dosfed.activitypub.vocabulary import SUMMARISED, Post

MOST = 10  # pictures and links; options of a poll
MOST_OPTIONS = 50
LONGEST = 1_500
_SHOWN = frozenset({"Document", "Image", "Video", "Audio", "Link", "Page"})
_WHEN_AND_WHERE = {
    "fr": ("Quand\N{NO-BREAK SPACE}:", "Où\N{NO-BREAK SPACE}:"),
    "es": ("Cuándo:", "Dónde:"),
    "en": ("When:", "Where:"),
}


def beside(post: Post) -> str:
    """Return as HTML what a post of another server says beside its title and its text."""
    return "".join([*_options(post), *_occasion(post), *_attached(post)])


def summary_of(post: Post) -> str:
    """Return the short form of a text as HTML, unless the text begins with it."""
    if post.type not in SUMMARISED or post.warning is not None or not post.summary:
        return ""
    said = " ".join(texts.plain_text(post.content or "").split())
    short = " ".join(post.summary.split()).rstrip(" .…")
    return "" if said.startswith(short) else texts.render_plain(post.summary[:LONGEST])


def warned(post: Post, html: str) -> str:
    """Return HTML folded under what its author warns of, in the warning's own language."""
    warning = texts.one_line(post.warning or "", LONGEST)
    if not warning:
        return html
    language = f' lang="{escape(post.summary_language)}"' if post.summary_language else ""
    return f"<details><summary{language}>{escape(warning)}</summary>{html}</details>"


def _options(post: Post) -> Iterator[str]:
    document = post.document
    given = many(document, "oneOf") or many(document, "anyOf")
    names = [_name(option) for option in given if isinstance(option, dict)]
    items = "".join(f"<li>{escape(name)}</li>" for name in names[:MOST_OPTIONS] if name)
    if items:
        yield f"<ul>{items}</ul>"


def _occasion(post: Post) -> Iterator[str]:
    """Yield when and where an event is."""
    if post.type != "Event":
        return
    code = (post.language or "").partition("-")[0].lower()
    # In no known language a date and a place say what they are without a word.
    when_, where = _WHEN_AND_WHERE.get(code, _WHEN_AND_WHERE["en"]) if code else ("", "")
    zone = _zone(post.document)
    moments = [_moment(post.document, name, zone) for name in ("startTime", "endTime")]
    if dates := " \N{EN DASH} ".join(filter(None, moments)):
        yield f"<p>{when_} {escape(dates)}</p>".replace("<p> ", "<p>")
    places = [_place(place) for place in many(post.document, "location")]
    if said := "; ".join(filter(None, places)):
        yield f"<p>{where} {escape(said)}</p>".replace("<p> ", "<p>")


def _zone(document: Document) -> ZoneInfo | None:
    try:
        return ZoneInfo(optional_text(document, "timezone") or "UTC")
    except (ValueError, OSError, LookupError):
        return None


def _moment(document: Document, name: str, zone: ZoneInfo | None) -> str:
    moment: datetime | None = when(document, name)
    if moment is None:
        return ""
    local = moment if zone is None else moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M %Z}"


def _place(place: object) -> str:
    if not isinstance(place, dict):
        return place[:LONGEST] if isinstance(place, str) else ""
    address = one(place, "address")
    if isinstance(address, dict):
        parts = ("streetAddress", "postalCode", "addressLocality", "addressCountry")
        address = ", ".join(filter(None, (optional_text(address, part) for part in parts)))
    said = [_name(place), address if isinstance(address, str) else "", id_of(place.get("url"))]
    return ", ".join(dict.fromkeys(filter(None, said)))[:LONGEST]


def _attached(post: Post) -> Iterator[str]:
    """Yield a link for each picture and address, called by its description."""
    document = post.document
    images = many(document, "image") if post.type in SUMMARISED else []
    seen: set[str] = set()
    for thing in [*many(document, "attachment"), *images][: 2 * MOST]:
        address = _address(thing)
        kind = thing.get("type") if isinstance(thing, dict) else "Link"
        is_new = address is not None and address not in seen and address not in (post.content or "")
        if address is None or kind not in _SHOWN or not is_new or len(seen) == MOST:
            continue
        seen.add(address)
        words = (_description(thing) if isinstance(thing, dict) else "") or address
        yield f'<p><a href="{escape(address)}">{escape(words)}</a></p>'


def _address(thing: object) -> str | None:
    if not isinstance(thing, dict):
        return id_of(thing)
    for name in ("href", "url"):
        for value in many(thing, name):
            found = id_of(value.get("href") if isinstance(value, dict) else value)
            if found is not None:
                return found
    return None


def _description(thing: Document) -> str:
    said = (words_of(thing, name)[0] for name in ("name", "summary"))
    return next((words.strip()[:LONGEST] for words in said if words and words.strip()), "")


def _name(thing: Document) -> str:
    return texts.plain_text(words_of(thing, "name")[0] or "")[:LONGEST]
