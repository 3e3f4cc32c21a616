"""What somebody wants to see of a list: read from a page's address, written into its links."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from aiohttp import web

from dosfed.activitypub.networks import is_loopback
from dosfed.activitypub.proxies import client_address
from dosfed.context import SETTINGS
from dosfed.shown.consultations import HomeShow, HomeSort
from dosfed.shown.listings import Listing, Show, Sort
from dosfed.web.forms import clean
from dosfed.web.limits import check_client
from dosfed.web.refusals import _
from dosfed.web.services import SEARCHES

MAX_TEXT = 200
MAX_TAG = 40
Choice = TypeVar("Choice", bound=enum.StrEnum)

# What the filters and orders of a list are called.
SHOWN: Mapping[str, str] = {
    Show.ALL: _("All"),
    Show.OPEN: _("Vote open"),
    Show.CLOSED: _("Vote closed"),
    Show.UNVOTED: _("Not yet voted"),
}
SORTED: Mapping[str, str] = {
    Sort.ORDER: _("Organiser's order"),
    Sort.CLOSING: _("Closing soon"),
    Sort.NEWEST: _("Newest"),
    Sort.ARGUED: _("Most argued"),
    Sort.RANDOM: _("Random (changes daily)"),
}
HOME_SHOWN: Mapping[str, str] = {
    HomeShow.ALL: _("All"),
    HomeShow.OPEN: _("Open now"),
    HomeShow.COMING: _("Upcoming"),
    HomeShow.CLOSED: _("Past"),
}
HOME_SORTED: Mapping[str, str] = {
    HomeSort.CLOSING: _("Closing soon"),
    HomeSort.NEWEST: _("Newest"),
    HomeSort.ARGUED: _("Most argued"),
    HomeSort.RANDOM: _("Random (changes daily)"),
}


def listing_of(request: web.Request) -> Listing:
    """Return what is asked for by `?q=&tag=&show=&sort=`; what makes no sense is left aside."""
    return Listing(
        text=text_of(request),
        tag=clean(request.query.get("tag", "")[:MAX_TAG]).strip(),
        show=chosen(request, "show", Show.ALL),
        sort=chosen(request, "sort", Sort.ORDER),
    )


def text_of(request: web.Request) -> str:
    """Return the words that somebody looks for."""
    return " ".join(clean(request.query.get("q", "")[:MAX_TEXT]).split())


def chosen(request: web.Request, name: str, usual: Choice) -> Choice:
    """Return a choice of the page's address, or the usual one."""
    given = request.query.get(name, "")
    known: dict[str, Choice] = {choice.value: choice for choice in type(usual)}
    return known.get(given, usual)


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Writes links that keep what is chosen of a list, except what they change."""

    values: Mapping[str, str]
    usual: Mapping[str, str]  # choices that need not be said

    def __call__(self, **changes: str) -> str:
        """Return a link to the same page; `?` alone leads to the whole list."""
        return "?" + self._write({**self.values, **changes})

    @property
    def kept(self) -> str:
        """What a link to another page of the list begins with, such as `tag=eau&`."""
        written = self._write(self.values)
        return f"{written}&" if written else ""

    @property
    def fields(self) -> Mapping[str, str]:
        """What a form that searches the list sends along."""
        return {name: value for name, value in self._said(self.values).items() if name != "q"}

    def _write(self, values: Mapping[str, str]) -> str:
        return urlencode(self._said(values))

    def _said(self, values: Mapping[str, str]) -> Mapping[str, str]:
        return {
            name: value for name, value in values.items() if value and value != self.usual.get(name)
        }


def links_of(listing: Listing) -> Links:
    """Return what writes the links of a consultation's page."""
    return Links(
        values={
            "q": listing.text,
            "tag": listing.tag,
            "show": listing.show.value,
            "sort": listing.sort.value,
        },
        usual={"show": Show.ALL.value, "sort": Sort.ORDER.value},
    )


def home_links(show: HomeShow, sort: HomeSort) -> Links:
    """Return what writes the links of the home page."""
    return Links(
        values={"show": show.value, "sort": sort.value},
        usual={"show": HomeShow.ALL.value, "sort": HomeSort.CLOSING.value},
    )


def check_searches(request: web.Request) -> None:
    """Raise 429 if somebody searches much more often than a person types.

    Loopback may, in development.
    """
    is_development = request.app[SETTINGS].allow_private_network
    if not (is_development and is_loopback(client_address(request))):
        check_client(request, SEARCHES)
