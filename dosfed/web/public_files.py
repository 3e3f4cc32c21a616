"""Files that are the same for everybody: sent once, then only confirmed (RFC 9110, section 13)."""

import hashlib
from datetime import UTC, datetime
from email.utils import format_datetime

from aiohttp import web

MAX_AGE = 60


def answer(
    request: web.Request,
    body: bytes,
    *,
    content_type: str,
    changed_at: datetime | None = None,
    max_age: int = MAX_AGE,
) -> web.Response:
    """Answer with a file, or with 304 when the asker has it already.

    Nothing of one person's may be in it: others may keep it.
    """
    tag = hashlib.sha256(body).hexdigest()[:32]
    headers = {
        "ETag": f'"{tag}"',
        "Cache-Control": f"public, max-age={max_age}",
        "X-Content-Type-Options": "nosniff",
    }
    if changed_at is not None:
        changed_at = changed_at.astimezone(UTC).replace(microsecond=0)
        headers["Last-Modified"] = format_datetime(changed_at, usegmt=True)
    if _is_known(request, tag, changed_at):
        return web.Response(status=web.HTTPNotModified.status_code, headers=headers)
    return web.Response(body=body, headers={**headers, "Content-Type": content_type})


def _is_known(request: web.Request, tag: str, changed_at: datetime | None) -> bool:
    # 13.2.2: a tag is the better witness; where one is sent, dates do not count.
    if request.if_none_match is not None:
        return any(known.value in {tag, "*"} for known in request.if_none_match)
    since = request.if_modified_since
    return since is not None and changed_at is not None and changed_at <= since
