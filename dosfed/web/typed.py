"""What somebody typed into a form that could not be taken: shown, and ready to be sent again."""

from dataclasses import dataclass

from aiohttp import web

from dosfed.context import INSTANCE
from dosfed.web.forms import Form

TOKEN = "csrf"  # noqa: S105 - the name of a field
SECRET = frozenset({"password", "current", "otp", "recovery", "setup", "ticket"})
# What pages, not people, put into words: it is sent again, and tells nobody anything.
OURS = frozenset(
    {TOKEN, "answer", "clause", "code", "do", "draft", "follows", "in_reply_to", "invitation"}
    | {"language", "neither", "object", "others", "pass_on", "return_to", "role", "session", "sign"}
    | {"stance", "step", "strong", "subscribe", "target", "user", "weak"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The fields of a form; `action` is where it may be sent again, if it may."""

    fields: tuple[tuple[str, str], ...]
    words: tuple[str, ...]
    action: str | None


def typed(request: web.Request, form: Form) -> Typed:
    """Return what a form says, without passwords.

    It may be sent again only if a page of ours sent it, as its `Origin` says (RFC 6454,
    section 7): another site must not put words into a form that somebody then sends.
    """
    fields = tuple(
        (name, value)
        for name, values in form.values.items()
        for value in values
        if name != TOKEN and name not in SECRET
    )
    words = tuple(value for name, value in fields if name not in OURS and value.strip())
    is_whole = SECRET.isdisjoint(form.values) and request.content_type != "multipart/form-data"
    is_ours = request.headers.get("Origin") == request.app[INSTANCE].base_url
    action = str(request.rel_url) if fields and is_whole and is_ours else None
    return Typed(fields=fields, words=words, action=action)
