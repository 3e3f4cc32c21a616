"""What the people of a place say of themselves on the home page: their words, and a picture."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.site import Front, Site
from dosfed.context import SETTINGS
from dosfed.deliberation.model import Length, Refusal
from dosfed.shown.viewers import View
from dosfed.web import pages, uploads
from dosfed.web.admin import desk, instance
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form
from dosfed.web.languages import LANGUAGES
from dosfed.web.refusals import REASONS, too_long
from dosfed.web.rendering import Page
from dosfed.web.site import MEDIA, SITE
from dosfed.web.uploads import BadPicture, read_picture

WORDS_LENGTH = 5_000
ALT_LENGTH = 300


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


async def show(request: web.Request) -> web.Response:
    """GET /admin/home."""
    return await desk.show(request, desk.OPERATORS, _loader(request))


async def save(request: web.Request) -> web.Response:
    """POST /admin/home: `words-{language}`, as Markdown; none of any language, none at all."""
    form, visitor, by = await desk.read(request, desk.OPERATORS, "words")
    words = _typed(form, "words")
    errors = {
        f"words-{code}": too_long(Length(has=len(text), most=WORDS_LENGTH))
        for code, text in words.items()
        if len(text) > WORDS_LENGTH
    }
    if errors:
        load = _loader(request, replace(form, errors=errors), status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    await instance.change(request, lambda site: _with(site, words=words), by)
    raise desk.done(request, "site")


async def save_picture(request: web.Request) -> web.Response:
    """POST /admin/home/picture: a file, unless one is shown, and `alt-{language}` for it."""
    form, visitor, by = await desk.read(request, desk.OPERATORS, "picture")
    former, alts, raw = request.app[SITE].site.front, _typed(form, "alt"), form.files.get("picture")
    errors = _wrong_alts(request.app[SITE].site, alts)
    made = None
    try:
        if raw or former.picture is None:
            made = await read_picture(request, raw or b"")
    except BadPicture as bad:
        errors["picture"] = instance.said_of(bad)
    if errors:
        load = _loader(request, replace(form, errors=errors), status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    shown: dict[str, object] = {"alts": alts}
    if made is not None:
        await asyncio.to_thread(uploads.keep, request.app[SETTINGS].data_dir / MEDIA, made)
        shown |= {"picture": made.name, "width": made.width, "height": made.height}
    await instance.change(request, lambda site: _with(site, **shown), by)
    await _drop(request, former.picture)
    raise desk.done(request, "site", "/admin/home")


async def remove_picture(request: web.Request) -> web.Response:
    """POST /admin/home/picture/remove."""
    _form, _visitor, by = await desk.read(request, desk.OPERATORS, "picture")
    former = request.app[SITE].site.front.picture
    await instance.change(request, partial(_with, picture=None, width=0, height=0, alts={}), by)
    await _drop(request, former)
    raise desk.done(request, "site", "/admin/home")


async def _drop(request: web.Request, former: str | None) -> None:
    """Remove the file of a picture unless it is still shown: the same one may be sent again."""
    if former is not None and former != request.app[SITE].site.front.picture:
        await asyncio.to_thread(uploads.drop, request.app[SETTINGS].data_dir / MEDIA, former)


def _with(site: Site, **changed: object) -> Site:
    return replace(site, front=replace(site.front, **changed))  # type: ignore[arg-type]


def _typed(form: Form, field: str) -> Mapping[str, str]:
    """Return what was typed in each language, without those in which nothing was."""
    typed = {code: form.value(f"{field}-{code}").strip() for code in LANGUAGES}
    return {code: text for code, text in typed.items() if text}


def _wrong_alts(site: Site, alts: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with what is read in the place of a picture."""
    found = {
        f"alt-{code}": too_long(Length(has=len(text), most=ALT_LENGTH))
        for code, text in alts.items()
        if len(text) > ALT_LENGTH
    }
    if site.language not in alts:
        found[f"alt-{site.language}"] = REASONS[Refusal.EMPTY]
    return found


def _loader(request: web.Request, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    front: Front = request.app[SITE].site.front

    async def load(_connection: AsyncConnection, _view: View) -> Page:
        values = {
            "form": form,
            "front": front,
            "known": LANGUAGES,
            "most": {"words": WORDS_LENGTH, "alt": ALT_LENGTH},
        }
        return Page(template="admin/home.html", values=values, status=status)

    return load
