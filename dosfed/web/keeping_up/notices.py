"""Notices: the page where somebody reads what concerns them, and what they follow."""

from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.notices import (
    PAGE_LENGTH,
    KeptNotice,
    NoticeKind,
    count_notices,
    gather,
    load_notices,
    mark_seen,
)
from dosfed.accounts.subscriptions import load_subscriptions
from dosfed.context import CLOCK, DATABASE
from dosfed.deliberation.whereabouts import Named, find_all, find_consultation_of, find_titles
from dosfed.shown.called import load_names_beside
from dosfed.storage.paging import count_pages
from dosfed.web import pages, paths
from dosfed.web.browsers import looks_ahead
from dosfed.web.pages import page_number, visitor_of
from dosfed.web.rendering import Page
from dosfed.web.signing import sign_in_first

# Proposals that nobody but their author sees, on the page of their consultation.
UNPUBLISHED = frozenset({NoticeKind.REFUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownNotice:
    """A notice with the place it leads to; none where that is gone."""

    notice: KeptNotice
    called: str  # a name of whose act it is beside the handle, or nothing
    number: int  # how often it happened
    href: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Something that somebody follows, where it is shown."""

    named: Named
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesPage:
    """Everything templates/notices/show.html may use."""

    notices: tuple[ShownNotice, ...]
    followed: tuple[Followed, ...]
    new: tuple[int, ...]  # notices that nobody has seen yet
    page: int
    pages: int


async def show(request: web.Request) -> web.Response:
    """GET /notices: what is shown there counts as seen from then on."""
    visitor = await visitor_of(request)
    if visitor.viewer is None:
        raise sign_in_first(request)
    user = visitor.viewer.id
    async with request.app[DATABASE].read() as connection:
        page = await _load(connection, user, page=page_number(request))
    new = page.new
    if new and not looks_ahead(request):
        async with request.app[DATABASE].write() as connection:
            await mark_seen(connection, user, new, at=request.app[CLOCK].now())
    shown = Page(template="notices/show.html", values={"page": page})
    return pages.answer_page(request, shown, visitor)


async def _load(connection: AsyncConnection, user: str, *, page: int) -> NoticesPage:
    notices = await load_notices(connection, user, page=page)
    number = await count_notices(connection, user)
    targets = await load_subscriptions(connection, user)
    titles = await find_titles(connection, targets)
    places = await find_all(connection, {*targets, *(notice.object for notice in notices)})
    called = await load_names_beside(
        connection, [(notice.by, notice.by_name) for notice in notices]
    )
    shown = []
    for one in gather(notices):
        notice = one.latest
        place = places.get(notice.object)
        if place is None and notice.kind in UNPUBLISHED:
            place = await find_consultation_of(connection, notice.object)
        href = None if place is None else paths.place(place) + _anchor(notice.kind)
        if notice.kind is NoticeKind.CHANGED and place is not None and place.home is None:
            href = f"{paths.place(place)}/history"
        if notice.kind is NoticeKind.CORRECTION:
            href = f"{paths.path_of(notice.object)}/correction"
        if notice.kind is NoticeKind.CONTEST_UPHELD:
            href = f"/contest?object={quote(notice.object, safe='')}"
        if notice.kind is NoticeKind.CONTESTED:
            href = "/admin/contests"
        if notice.kind is NoticeKind.REPORTED:
            href = "/admin/reports"
        shown.append(
            ShownNotice(
                notice=notice,
                called=called.get(notice.by or "", ""),
                number=one.number,
                href=href,
            )
        )
    return NoticesPage(
        notices=tuple(shown),
        followed=tuple(
            Followed(named=named, href=paths.place(places[named.id]))
            for named in titles
            if named.id in places
        ),
        new=tuple(notice.id for notice in notices if notice.seen_at is None),
        page=page,
        pages=count_pages(number, PAGE_LENGTH),
    )


def _anchor(kind: NoticeKind) -> str:
    """Return the place on the page that a notice leads to, where its object has none."""
    if kind in UNPUBLISHED or kind is NoticeKind.WAITING:
        return "#waiting"
    return "#meetings" if kind is NoticeKind.MEETING else ""
