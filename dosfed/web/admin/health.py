"""Whether what leaves the instance arrives: deliveries to servers, and mails."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.mail_health import load_mail_health
from dosfed.accounts.mails import Mail, put_mail
from dosfed.accounts.people import load_account
from dosfed.activitypub import health
from dosfed.activitypub.health import Condition
from dosfed.context import CLOCK, DATABASE, SETTINGS
from dosfed.deliberation.team.kept import role_of
from dosfed.deliberation.team.rules import check_operator
from dosfed.shown.viewers import View
from dosfed.storage.paging import count_pages
from dosfed.web import pages
from dosfed.web.admin import desk
from dosfed.web.limits import check_rate
from dosfed.web.rendering import TEMPLATES, Page
from dosfed.web.services import TEST_MAILS
from dosfed.web.site import SITE


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


SUBJECT = _("Test of your mail server")
TEXT = _("If you can read this, your site can send email.")


async def show_deliveries(request: web.Request) -> web.Response:
    """GET /admin/deliveries?state=failing|waiting|dead."""
    state = request.query.get("state", "")
    condition = Condition(state) if state in set(Condition) else Condition.FAILING

    async def load(connection: AsyncConnection, view: View) -> Page:
        counts = await health.count_destinations(connection)
        last = count_pages(counts[condition], health.PAGE_LENGTH)
        page = min(view.page, last)
        values = {
            "condition": condition,
            "counts": counts,
            "page": page,
            "pages": last,
            "destinations": await health.list_destinations(connection, condition, page=page),
        }
        return Page(template="admin/deliveries.html", values=values)

    return await desk.show(request, desk.OPERATORS, load)


async def retry(request: web.Request) -> web.Response:
    """POST /admin/deliveries: try a server again at once."""
    form, _visitor, by = await desk.read(request, desk.OPERATORS, "retry")

    async def do(connection: AsyncConnection, _at: object) -> None:
        check_operator(await role_of(connection, by))
        await health.retry(connection, form.value("host"))

    await desk.act(request, do)
    raise desk.done(request, "retried")


async def show_mail(request: web.Request) -> web.Response:
    """GET /admin/mail: how mails leave, what waits, what failed last."""
    return await desk.show(request, desk.OPERATORS, _mail_loader(request))


async def test_mail(request: web.Request) -> web.Response:
    """POST /admin/mail: write to oneself."""
    _form, visitor, by = await desk.read(request, desk.OPERATORS, "mail")
    if not request.app[SETTINGS].sends_mail:
        raise web.HTTPSeeOther(request.path)  # the page says why, in the place of the form
    check_rate(request, TEST_MAILS, by)
    async with request.app[DATABASE].read() as connection:
        account = await load_account(connection, by)
    if account is None or account.email is None:
        error = _("First add an email address to your own account.")
        load = _mail_loader(request, error=error, status=web.HTTPUnprocessableEntity.status_code)
        return await pages.answer_now(request, load, visitor)
    say = request.app[TEMPLATES].translate
    mail = Mail(
        recipient=account.email,
        subject=f"{request.app[SITE].site.name}: {say(SUBJECT, visitor.language)}",
        text=say(TEXT, visitor.language) + "\n",
    )

    async def do(connection: AsyncConnection, _at: object) -> None:
        check_operator(await role_of(connection, by))
        await put_mail(connection, mail, at=request.app[CLOCK].now())

    await desk.act(request, do)
    raise desk.done(request, "test-mail")


def _mail_loader(request: web.Request, *, error: str = "", status: int = 200) -> pages.Load:
    settings = request.app[SETTINGS]

    async def load(connection: AsyncConnection, view: View) -> Page:
        account = await load_account(connection, view.viewer.id) if view.viewer else None
        values = {
            "error": error,
            "address": account.email if account else None,
            "server": f"{settings.smtp.host}:{settings.smtp.port}" if settings.smtp else None,
            "sender": settings.mail_from,
            "health": await load_mail_health(connection),
        }
        return Page(template="admin/mail.html", values=values, status=status)

    return load
