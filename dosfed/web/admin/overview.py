"""Where the team begins: what waits for them, and what each may do."""

from typing import Any

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.mail_health import load_mail_health
from dosfed.activitypub.blocks import count_blocks
from dosfed.activitypub.health import Condition, count_destinations
from dosfed.acts.team_watch import load_waiting_in
from dosfed.context import SETTINGS
from dosfed.deliberation.moderation.reports import count_waiting_reports
from dosfed.deliberation.team.tables import Users
from dosfed.shown.viewers import View
from dosfed.web.admin import desk
from dosfed.web.admin.steps import load_steps
from dosfed.web.rendering import Page


async def show(request: web.Request) -> web.Response:
    """GET /admin."""
    has_mail_server = request.app[SETTINGS].smtp is not None

    async def load(connection: AsyncConnection, view: View) -> Page:
        values = {**await _values(connection), "has_mail_server": has_mail_server}
        is_operator = view.viewer is not None and view.viewer.is_operator
        values["steps"] = await load_steps(request, connection) if is_operator else ()
        if view.viewer is not None:  # `desk` lets nobody else come so far
            values["waiting"] = [
                one for one in values["waiting"] if view.viewer.within(one.id).is_facilitator
            ]
        return Page(template="admin/overview.html", values=values)

    return await desk.show(request, desk.TEAM, load)


async def _values(connection: AsyncConnection) -> dict[str, Any]:
    people = await connection.execute(select(func.count()).select_from(Users))
    destinations = await count_destinations(connection)
    return {
        "reports": await count_waiting_reports(connection),
        "blocks": await count_blocks(connection),
        "people": people.scalar_one(),
        "failing": destinations[Condition.FAILING],
        "mail": await load_mail_health(connection),
        "waiting": await load_waiting_in(connection),
    }
