"""Parts of pages that everybody reads alike, rendered once for all who read them in a second."""

from typing import Any

from aiohttp import web
from markupsafe import Markup

from dosfed.web.rendering import TEMPLATES, Page
from dosfed.web.site import SITE


def render_part(request: web.Request, template: str, language: str, **values: Any) -> Markup:
    """Return a part of a page.

    Nothing is known here of the reader: a template that asks fails, rather than tell others.
    """
    page = Page(template=template, values=values)
    text = request.app[TEMPLATES].render(page, language, request.app[SITE].zone)
    return Markup(text)  # noqa: S704 - a template of ours escapes
