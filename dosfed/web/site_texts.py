"""What an instance owes its visitors: about, legal notice, terms, privacy, accessibility."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from string import Template

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed import __version__
from dosfed.accounts.site import Conformity, Site, TextPage, load_texts
from dosfed.context import INSTANCE
from dosfed.shown.viewers import View
from dosfed.texts import render_markdown
from dosfed.web import pages
from dosfed.web.assets import folder
from dosfed.web.pages import visitor_of
from dosfed.web.rendering import TEMPLATES, Page
from dosfed.web.site import SITE

# What an operator has to fill in: a line that holds one is shown to nobody else.
BLANK = re.compile(r"\[\[[^\[\]\n]*\]\]")
EMPTY_SECTION = re.compile(r"^#+ [^\n]*\n\s*(?=^#|\Z)", re.MULTILINE)
HEADING = re.compile(r"(</?h)([3-6])(?=[ >])")


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


CONFORMITY = {
    Conformity.NONE: _("not conforming"),
    Conformity.PARTIAL: _("partially conforming"),
    Conformity.FULL: _("fully conforming"),
}
NO_CONTACT = _("(the operator has not yet given an address)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteText:
    """A text as it is shown: Markdown in a language; `has_blanks`: lines of it are left out."""

    text: str
    language: str
    is_shipped: bool
    has_blanks: bool = False

    @property
    def html(self) -> Markup:
        """The text below its page's title; contributions stand one step lower on theirs."""
        html = HEADING.sub(
            lambda found: f"{found[1]}{int(found[2]) - 1}", render_markdown(self.text)
        )
        return Markup(html)  # noqa: S704 - it is sanitised


async def show(request: web.Request) -> web.Response:
    """GET /about, /legal, /terms, /privacy, /accessibility."""
    page = TextPage(request.path.strip("/"))
    language = (await visitor_of(request)).language

    async def load(connection: AsyncConnection, _view: View) -> Page:
        own = await load_texts(connection, page)
        found = choose(request, page, own, language)
        return Page(template="site_text.html", values={"kind": page, "found": found})

    return await pages.answer(request, load)


def choose(request: web.Request, page: TextPage, own: dict[str, str], language: str) -> SiteText:
    """Return what a visitor reads: the operator's own words, if need be in another language."""
    site = request.app[SITE].site
    for code in (language, site.language, *sorted(own)):
        if code in own:
            return _shown(own[code], code, is_shipped=False)
    return _shown(shipped(request, page, language), language, is_shipped=True)


def _shown(text: str, language: str, *, is_shipped: bool) -> SiteText:
    """Return a text for the public, without the lines that an operator has yet to fill in."""
    lines = text.splitlines()
    kept = [line for line in lines if not BLANK.search(line)]
    shown = "\n".join(kept)
    return SiteText(
        # A heading below which nothing is left goes with it.
        text=shown if len(kept) == len(lines) else EMPTY_SECTION.sub("", f"{shown}\n"),
        language=language,
        is_shipped=is_shipped,
        has_blanks=len(kept) < len(lines),
    )


def count_blanks(request: web.Request, page: TextPage, own: Mapping[str, str]) -> dict[str, int]:
    """Return how much is to be filled in of a page, by the language in which people read it."""
    return {
        code: len(BLANK.findall(own.get(code) or shipped(request, page, code)))
        for code in request.app[SITE].site.languages
        # Whoever reads in another language is shown the operator's own words in this one.
        if code in own or not own
    }


def shipped(request: web.Request, page: TextPage, language: str) -> str:
    """Return the text that comes with the software, with what it says of this instance."""
    site, say = request.app[SITE].site, request.app[TEMPLATES].translate
    return Template(_read(page, language)).safe_substitute(
        name=_plain(site.name),
        host=request.app[INSTANCE].host,
        base_url=request.app[INSTANCE].base_url,
        contact=_contact(site) or say(NO_CONTACT, language),
        conformity=say(CONFORMITY[site.conformity], language),
        version=__version__,
    )


@cache
def _read(page: TextPage, language: str) -> str:
    return (folder("templates") / "texts" / f"{page}.{language}.md").read_text(encoding="utf-8")


def _plain(text: str) -> str:
    """Return a name as Markdown that means nothing but itself."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>()#+-.!|&" else letter for letter in text)


def _contact(site: Site) -> str:
    if not site.contact:
        return ""
    return f"<{site.contact}>"
