"""The instance's texts, as an operator writes them."""

from functools import partial

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.site import TextPage, load_texts
from dosfed.acts import administration
from dosfed.deliberation.model import Refused
from dosfed.shown.viewers import View
from dosfed.web import pages, site_texts
from dosfed.web.admin import desk
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form
from dosfed.web.languages import LANGUAGES
from dosfed.web.rendering import Page


async def show_all(request: web.Request) -> web.Response:
    """GET /admin/texts: every text in every language, and whether it is the operator's own."""

    async def load(connection: AsyncConnection, _view: View) -> Page:
        own = {page: await load_texts(connection, page) for page in TextPage}
        blanks = {page: site_texts.count_blanks(request, page, own[page]) for page in TextPage}
        values = {"own": own, "kinds": tuple(TextPage), "known": LANGUAGES, "blanks": blanks}
        return Page(template="admin/texts.html", values=values)

    return await desk.show(request, desk.OPERATORS, load)


async def show(request: web.Request) -> web.Response:
    """GET /admin/texts/{page}/{language}."""
    return await desk.show(request, desk.OPERATORS, _loader(request))


async def save(request: web.Request) -> web.Response:
    """POST /admin/texts/{page}/{language}: `text`; with `reset`, the shipped one again."""
    form, visitor, by = await desk.read(request, desk.OPERATORS, "text")
    page, language = _which(request)
    text = "" if form.value("reset") else form.value("text")
    save_text = partial(administration.change_text, page=page, language=language, text=text, by=by)
    try:
        await desk.act(request, lambda connection, _at: save_text(connection))
    except Refused as refused:
        load = _loader(request, desk.with_error(form, refused, "text"), status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    raise desk.done(request, "text" if text.strip() else "text-reset")


def _which(request: web.Request) -> tuple[TextPage, str]:
    return TextPage(request.match_info["page"]), request.match_info["language"]


def _loader(request: web.Request, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    page, language = _which(request)

    async def load(connection: AsyncConnection, _view: View) -> Page:
        own = (await load_texts(connection, page)).get(language)
        values = {
            "form": form,
            "kind": page,
            "text_language": language,
            "text_language_name": LANGUAGES[language],
            "is_own": own is not None,
            "text": own if own is not None else site_texts.shipped(request, page, language),
        }
        return Page(template="admin/text.html", values=values, status=status)

    return load
