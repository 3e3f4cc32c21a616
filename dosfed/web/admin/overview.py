"""Where the team begins: what waits for them, and what each may do."""

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.mail_health import load_mail_health
from dosfed.activitypub.blocks import count_blocks
from dosfed.activitypub.health import Condition, count_destinations
from dosfed.context import SETTINGS
from dosfed.deliberation.consultations.tables import Consultations
from dosfed.deliberation.moderation.reports import count_waiting_reports
from dosfed.deliberation.posts.model import PostState
from dosfed.deliberation.posts.visible import in_state
from dosfed.deliberation.proposals.tables import Proposals
from dosfed.deliberation.team.tables import Users
from dosfed.shown.viewers import View
from dosfed.web.admin import desk
from dosfed.web.rendering import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingIn:
    """A consultation in which proposals wait for a facilitator."""

    address: str
    title: str
    language: str
    number: int


async def show(request: web.Request) -> web.Response:
    """GET /admin."""
    has_mail_server = request.app[SETTINGS].smtp is not None

    async def load(connection: AsyncConnection, _view: View) -> Page:
        values = {**await _values(connection), "has_mail_server": has_mail_server}
        return Page(template="admin/overview.html", values=values)

    return await desk.show(request, desk.MODERATORS, load)


async def _values(connection: AsyncConnection) -> dict[str, Any]:
    people = await connection.execute(select(func.count()).select_from(Users))
    destinations = await count_destinations(connection)
    return {
        "reports": await count_waiting_reports(connection),
        "blocks": await count_blocks(connection),
        "people": people.scalar_one(),
        "failing": destinations[Condition.FAILING],
        "mail": await load_mail_health(connection),
        "waiting": await _waiting(connection),
    }


async def _waiting(connection: AsyncConnection) -> list[WaitingIn]:
    rows = await connection.execute(
        select(
            Consultations.address,
            Consultations.title,
            Consultations.language,
            func.count().label("number"),
        )
        .join(Proposals, Proposals.consultation == Consultations.id)
        .where(in_state(Proposals, PostState.WAITING), Consultations.home.is_(None))
        .group_by(Consultations.id)
        .order_by(Consultations.address)
    )
    return [
        WaitingIn(address=row.address, title=row.title, language=row.language, number=row.number)
        for row in rows
    ]
