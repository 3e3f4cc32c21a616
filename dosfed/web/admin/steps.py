"""First steps: what a new site still needs, ticked off by what is there."""

from dataclasses import dataclass, replace

from aiohttp import web
from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.site import TextPage, load_texts
from dosfed.accounts.tables import Invitations
from dosfed.context import INSTANCE, SETTINGS
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.model import Role
from dosfed.deliberation.team.tables import Users
from dosfed.web import site_texts
from dosfed.web.admin import desk, instance
from dosfed.web.site import SITE


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that a new site needs, where that is done (nowhere on pages), whether it is."""

    word: str
    href: str
    is_done: bool


async def load_steps(request: web.Request, connection: AsyncConnection) -> tuple[Step, ...]:
    """Return the first steps in their order; none once all are done, or nobody wants them."""
    site = request.app[SITE].site
    if site.is_begun:
        return ()
    team = select(func.count()).select_from(Users).where(Users.role != Role.CITIZEN.value)
    row = (
        await connection.execute(
            select(
                team.scalar_subquery().label("team"),
                exists().where(Invitations.role != Role.CITIZEN.value).label("invited"),
                exists().where(Consultations.home.is_(None)).label("consultation"),
            )
        )
    ).one()
    has_texts = bool(site.contact) and not await _has_blanks(request, connection)
    done = {
        "site": site.name != request.app[INSTANCE].host,
        "zone": bool(site.time_zone),
        "mail": request.app[SETTINGS].smtp is not None,
        "texts": has_texts,
        "team": row.team > 1 or row.invited,
        "consultation": row.consultation,
    }
    if all(done.values()):
        return ()
    return tuple(Step(word=word, href=PLACES[word], is_done=done[word]) for word in PLACES)


PLACES = {
    "site": "/admin/site",
    "zone": "/admin/site#time_zone",
    "mail": "/admin/mail",
    "texts": "/admin/texts",
    "team": "/admin/invitations",
    "consultation": "/admin/consultations",
}


async def _has_blanks(request: web.Request, connection: AsyncConnection) -> bool:
    for page in TextPage:
        own = await load_texts(connection, page)
        if any(site_texts.count_blanks(request, page, own).values()):
            return True
    return False


async def dismiss(request: web.Request) -> web.Response:
    """POST /admin/steps: show the first steps no more."""
    _form, _visitor, by = await desk.read(request, desk.OPERATORS, "steps")
    await instance.change(request, lambda site: replace(site, is_begun=True), by)
    raise web.HTTPSeeOther("/admin")
