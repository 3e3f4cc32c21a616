"""What an instance calls itself, how it looks, who may sign up."""

import enum
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import tzinfo

import orjson
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.zones import OF_SERVER, zone_of
from dosfed.storage.schema import Kept
from dosfed.storage.statements import upsert

PREFIX = "site."
TEXT_PREFIX = "site-text."
LANGUAGES = ("fr", "es", "en")
NAME_LENGTH = 60


class SignUp(enum.StrEnum):
    """Who may make an account on the pages."""

    OPEN = "open"
    INVITATION = "invitation"
    CLOSED = "closed"


class Conformity(enum.StrEnum):
    """How far the operator declares the pages to be accessible."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"


class FactorFrom(enum.StrEnum):
    """From which role on a second factor is needed to act for the team: a role, or nobody."""

    NOBODY = "nobody"
    OPERATOR = "operator"
    ORGANISER = "organiser"
    FACILITATOR = "facilitator"
    MODERATOR = "moderator"


class TextPage(enum.StrEnum):
    """The texts that every instance owes its visitors."""

    ABOUT = "about"
    LEGAL = "legal"
    TERMS = "terms"
    PRIVACY = "privacy"
    ACCESSIBILITY = "accessibility"


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """What the people of a place say on the home page: words, by language, and a picture.

    `picture` is the name of a file under /media; `alts` says what it shows, by language.
    """

    words: Mapping[str, str] = field(default_factory=dict)  # Markdown
    picture: str | None = None
    width: int = 0
    height: int = 0
    alts: Mapping[str, str] = field(default_factory=dict)

    def words_in(self, *languages: str) -> tuple[str, str] | None:
        """Return the words for whoever reads these languages, the first first, with theirs."""
        for code in (*languages, *sorted(self.words)):
            if code in self.words:
                return self.words[code], code
        return None

    def alt_in(self, *languages: str) -> str:
        """Return what the picture shows, in the first of these languages that says so."""
        known = (self.alts[code] for code in (*languages, *sorted(self.alts)) if code in self.alts)
        return next(known, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What an operator set on the pages; without colours and logo, those that are shipped.

    `logo` is the name of a file under /media, `logo_width` its width where it is 36 pixels
    high; `contact` an address or a page, or nothing. `language` is what a visitor reads whose
    browser asks for none that is offered. `time_zone` is a name of the IANA database, or
    nothing: then the server's own zone counts.
    """

    name: str
    accent: str | None = None  # #125760, on light paper
    accent_dark: str | None = None
    logo: str | None = None
    logo_width: int = 0
    sign_up: SignUp = SignUp.OPEN
    languages: tuple[str, ...] = LANGUAGES
    language: str = "en"
    contact: str = ""
    conformity: Conformity = Conformity.NONE
    time_zone: str = ""
    second_factor: FactorFrom = FactorFrom.NOBODY
    front: Front = field(default_factory=Front)
    is_begun: bool = False  # the first steps are no longer shown

    @property
    def zone(self) -> tzinfo | None:
        """The zone in which moments are written and read; none, the server's own."""
        return zone_of(self.time_zone)


async def load_site(connection: AsyncConnection, host: str) -> Site:
    """Return what was set; an instance that was given no name is called by its host."""
    rows = await connection.execute(
        select(Kept.name, Kept.value).where(Kept.name.startswith(PREFIX, autoescape=True))
    )
    values = {name.removeprefix(PREFIX): orjson.loads(value) for name, value in rows}
    return Site(
        name=values.get("name") or host,
        accent=values.get("accent"),
        accent_dark=values.get("accent_dark"),
        logo=values.get("logo"),
        logo_width=values.get("logo_width", 0),
        sign_up=SignUp(values.get("sign_up", SignUp.OPEN)),
        languages=tuple(values.get("languages", LANGUAGES)),
        language=values.get("language", "en"),
        contact=values.get("contact", ""),
        conformity=Conformity(values.get("conformity", Conformity.NONE)),
        time_zone=values.get("time_zone", ""),
        second_factor=FactorFrom(values.get("second_factor", FactorFrom.NOBODY)),
        front=Front(**values.get("front", {})),
        is_begun=values.get("is_begun", False),
    )


async def load_zone(connection: AsyncConnection) -> tzinfo | None:
    """Return the zone of an instance alone; none, the server's own."""
    rows = await connection.execute(select(Kept.value).where(Kept.name == f"{PREFIX}time_zone"))
    value = rows.scalar()
    return zone_of(orjson.loads(value)) if value is not None else OF_SERVER


async def save_site(connection: AsyncConnection, site: Site) -> None:
    """Keep what was set, all of it."""
    values: Mapping[str, object] = {
        "name": site.name,
        "accent": site.accent,
        "accent_dark": site.accent_dark,
        "logo": site.logo,
        "logo_width": site.logo_width,
        "sign_up": site.sign_up,
        "languages": site.languages,
        "language": site.language,
        "contact": site.contact,
        "conformity": site.conformity,
        "time_zone": site.time_zone,
        "second_factor": site.second_factor,
        "front": asdict(site.front),
        "is_begun": site.is_begun,
    }
    await _keep(
        connection,
        {PREFIX + name: orjson.dumps(value).decode() for name, value in values.items()},
    )


async def load_texts(connection: AsyncConnection, page: TextPage) -> dict[str, str]:
    """Return an operator's own words for a page, by language, as Markdown."""
    prefix = f"{TEXT_PREFIX}{page}."
    rows = await connection.execute(
        select(Kept.name, Kept.value).where(Kept.name.startswith(prefix, autoescape=True))
    )
    return {name.removeprefix(prefix): value for name, value in rows}


async def save_text(connection: AsyncConnection, page: TextPage, language: str, text: str) -> None:
    """Keep an operator's words for a page; with none, the shipped ones are shown again."""
    name = f"{TEXT_PREFIX}{page}.{language}"
    if text.strip():
        await _keep(connection, {name: text})
    else:
        await connection.execute(delete(Kept).where(Kept.name == name))


async def _keep(connection: AsyncConnection, values: Mapping[str, str]) -> None:
    rows = [{"name": name, "value": value} for name, value in values.items()]
    await upsert(connection, Kept, rows, key=("name",), update=("value",))
