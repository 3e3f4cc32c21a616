"""Where a mail went that somebody asked for, and how it is sent again, or elsewhere."""

from aiohttp import web

from dosfed.web import pages
from dosfed.web.forms import Form
from dosfed.web.pages import Visitor
from dosfed.web.rendering import Page

# The answer to the form itself, and no page of its own: the address that somebody wrote stands in
# no address bar, no cookie and no log, and is gone with the tab. What is sent again is the same
# form, judged and counted as the first time.
KEPT = ("invitation", "return_to")


def show_sent(request: web.Request, visitor: Visitor, form: Form, email: str) -> web.Response:
    """Say to which address a mail goes; the same for those that are known, or had too many."""
    page = Page(
        template="sign_in/sent.html",
        values={
            "form": form,
            "email": email,
            "action": request.path,
            "kept": [(name, form.value(name)) for name in KEPT if form.value(name)],
            "is_again": bool(form.value("again")),
        },
    )
    return pages.answer_page(request, page, visitor)
