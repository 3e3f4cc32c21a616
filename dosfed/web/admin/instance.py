"""What an operator sets of the instance: name, colours, logo, languages, who may sign up."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from dosfed.accounts.site import NAME_LENGTH, Conformity, FactorFrom, SignUp, Site
from dosfed.accounts.zones import OF_SERVER, known_zones
from dosfed.acts.administration import change_site
from dosfed.context import INSTANCE, SETTINGS
from dosfed.deliberation.model import Length, Refusal
from dosfed.shown.viewers import View
from dosfed.web import colours, pages, uploads
from dosfed.web.admin import desk
from dosfed.web.forms import EMPTY, UNPROCESSABLE, Form
from dosfed.web.languages import LANGUAGES, language_of, write_time
from dosfed.web.refusals import REASONS, too_long
from dosfed.web.rendering import Page
from dosfed.web.services import CACHE
from dosfed.web.site import MEDIA, SITE
from dosfed.web.uploads import BadPicture, read_logo
from dosfed.web.zones import zones_by_area

CONTACT_LENGTH = 200
# What Markdown shows as a link between angle brackets, and nothing else.
CONTACT = re.compile(r"(?:https://|[^\s<>@:/]+@)[^\s<>@]+\.[^\s<>@]+\Z")
SCHEMES = {"accent": "light", "accent_dark": "dark"}


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated when shown."""
    return message


async def show(request: web.Request) -> web.Response:
    """GET /admin/site."""
    return await desk.show(request, desk.OPERATORS, _loader(request))


async def save(request: web.Request) -> web.Response:
    """POST /admin/site: name, contact, zone, colours, who signs up, codes, accessibility."""
    form, visitor, by = await desk.read(request, desk.OPERATORS, "site")
    errors = _errors(form)
    if errors:
        load = _loader(request, replace(form, errors=errors), status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    set_up = partial(
        replace,
        name=_line(form, "name"),
        contact=_line(form, "contact"),
        accent=_own_colour(form, "accent"),
        accent_dark=_own_colour(form, "accent_dark"),
        sign_up=SignUp(form.value("sign_up")),
        conformity=Conformity(form.value("conformity")),
        time_zone=form.value("time_zone"),
        second_factor=FactorFrom(form.value("second_factor")),
    )
    await change(request, set_up, by)
    raise desk.done(request, "site")


async def save_languages(request: web.Request) -> web.Response:
    """POST /admin/languages: which are offered, and which one where none is asked for."""
    form, visitor, by = await desk.read(request, desk.OPERATORS, "languages")
    offered = tuple(code for code in LANGUAGES if code in form.all("languages"))
    default = form.value("language")
    if default not in offered:
        error = _("Choose at least one language, and one of them as the default.")
        wrong = replace(form, errors={"languages": error})
        load = _languages_loader(wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    await change(request, partial(replace, languages=offered, language=default), by)
    raise desk.done(request, "site")


async def show_languages(request: web.Request) -> web.Response:
    """GET /admin/languages."""
    return await desk.show(request, desk.OPERATORS, _languages_loader())


async def save_logo(request: web.Request) -> web.Response:
    """POST /admin/site/logo: a picture, which is written anew."""
    form, visitor, by = await desk.read(request, desk.OPERATORS, "logo")
    try:
        logo = await read_logo(request, form.files.get("logo", b""))
    except BadPicture as bad:
        wrong = replace(form, errors={"logo": said_of(bad)})
        load = _loader(request, wrong, status=UNPROCESSABLE)
        return await pages.answer_now(request, load, visitor)
    former = request.app[SITE].site.logo
    await asyncio.to_thread(uploads.keep, request.app[SETTINGS].data_dir / MEDIA, logo)
    await change(request, partial(replace, logo=logo.name, logo_width=logo.width), by)
    await _drop(request, former)
    raise desk.done(request, "site", "/admin/site")


def said_of(bad: BadPicture) -> str:
    """Return what is said of a file that cannot be shown."""
    if bad.is_large:
        return _("This picture is too large (too many pixels).")
    return _("Choose a picture in PNG, JPEG or WebP format.")


async def remove_logo(request: web.Request) -> web.Response:
    """POST /admin/site/logo/remove."""
    _form, _visitor, by = await desk.read(request, desk.OPERATORS, "logo")
    former = request.app[SITE].site.logo
    await change(request, partial(replace, logo=None, logo_width=0), by)
    await _drop(request, former)
    raise desk.done(request, "site", "/admin/site")


async def _drop(request: web.Request, former: str | None) -> None:
    """Remove the file of a logo unless it is still shown: the same one may be sent again."""
    if former is not None and former != request.app[SITE].site.logo:
        folder = request.app[SETTINGS].data_dir / MEDIA
        await asyncio.to_thread(uploads.drop, folder, former)


async def change(request: web.Request, do: Callable[[Site], Site], by: str) -> None:
    """Set something of the instance, and show it from now on."""
    set_up = partial(change_site, change=do, host=request.app[INSTANCE].host, by=by)
    site = await desk.act(request, lambda connection, _at: set_up(connection))
    request.app[SITE].change(site)
    request.app[CACHE].clear()


def _loader(request: web.Request, form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    site = request.app[SITE].site
    chosen = {
        "accent": site.accent or colours.SHIPPED["light"],
        "accent_dark": site.accent_dark or colours.SHIPPED["dark"],
    }
    if form.name == "site":
        chosen = {
            name: colours.read_colour(form.value(name)) or was for name, was in chosen.items()
        }
    contrasts = {
        name: colours.least_contrast(chosen[name], scheme) for name, scheme in SCHEMES.items()
    }

    async def load(_connection: AsyncConnection, view: View) -> Page:
        language = language_of(request)
        values = {
            "form": form,
            "now": view.now,
            # To find them takes a tenth of a second, once.
            "zones": await asyncio.to_thread(zones_by_area, language),
            "server_time": write_time(view.now, language, OF_SERVER),
            "colours": chosen,
            "contrasts": contrasts,
            "shipped": colours.SHIPPED,
            "sign_up_modes": tuple(SignUp),
            "conformities": tuple(Conformity),
            "factor_roles": tuple(FactorFrom),
        }
        return Page(template="admin/site.html", values=values, status=status)

    return load


def _languages_loader(form: Form = EMPTY, *, status: int = 200) -> pages.Load:
    async def load(_connection: AsyncConnection, _view: View) -> Page:
        values = {"form": form, "known": LANGUAGES}
        return Page(template="admin/languages.html", values=values, status=status)

    return load


def _errors(form: Form) -> dict[str, str]:
    found = {
        "name": _wrong_name(_line(form, "name")),
        "contact": _wrong_contact(_line(form, "contact")),
        **{name: _wrong_colour(form.value(name), scheme) for name, scheme in SCHEMES.items()},
        "sign_up": _wrong_choice(form.value("sign_up"), SignUp),
        "conformity": _wrong_choice(form.value("conformity"), Conformity),
        "second_factor": _wrong_choice(form.value("second_factor"), FactorFrom),
        "time_zone": _wrong_zone(form.value("time_zone")),
    }
    return {name: error for name, error in found.items() if error is not None}


def _wrong_name(name: str) -> str | None:
    if not name:
        return REASONS[Refusal.EMPTY]
    return too_long(Length(has=len(name), most=NAME_LENGTH)) if len(name) > NAME_LENGTH else None


def _wrong_contact(contact: str) -> str | None:
    if len(contact) > CONTACT_LENGTH:
        return too_long(Length(has=len(contact), most=CONTACT_LENGTH))
    if not contact or CONTACT.match(contact):
        return None
    return _("Give an email address, or a web page that begins with https://.")


def _wrong_colour(text: str, scheme: str) -> str | None:
    colour = colours.read_colour(text)
    if colour is None:
        return _("Give a colour in this form: #125760.")
    if colours.least_contrast(colour, scheme) >= colours.LEAST_CONTRAST:
        return None
    return _("Text in this colour is hard to read: its contrast must be at least 4.5.")


def _wrong_zone(name: str) -> str | None:
    if not name or name in known_zones():
        return None
    return _("Choose a time zone from the list.")


def _wrong_choice(value: str, choices: type[SignUp | Conformity | FactorFrom]) -> str | None:
    return None if value in set(choices) else REASONS[Refusal.UNKNOWN_OPTION]


def _own_colour(form: Form, name: str) -> str | None:
    """Return a colour, or none where it is the one that is shipped."""
    colour = colours.read_colour(form.value(name))
    return None if colour == colours.SHIPPED[SCHEMES[name]] else colour


def _line(form: Form, name: str) -> str:
    return " ".join(form.value(name).split())
