"""The ballot file of a closed poll, for anybody who counts again (rule 2.8)."""

from base64 import b64encode
from functools import partial

from aiohttp import web

from dosfed.context import DATABASE, INSTANCE
from dosfed.deliberation.votes.ballot_files import load_ballots
from dosfed.deliberation.votes.recount import Ballots, write_ballots
from dosfed.web.open_data.files import DATA_FILES, RETRY_SECONDS, Busy, Growing, answer

CONTENT_TYPE = "application/jsonl; charset=utf-8"


async def show(request: web.Request) -> web.StreamResponse:
    """GET {poll}/ballots.jsonl; there is none before a poll closed, nor while it is hidden."""
    place = request.path.removesuffix("/ballots.jsonl")
    poll = f"{request.app[INSTANCE].base_url}{place}"
    async with request.app[DATABASE].read() as connection:
        found = await load_ballots(connection, poll)
    if found is None:
        raise web.HTTPNotFound
    ballots, sha256 = found
    try:
        files = request.app[DATA_FILES]
        made = await files.get_or_make(request.path, partial(_write, ballots=ballots))
    except Busy as busy:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": RETRY_SECONDS}) from busy
    name = f"ballots-{place.rpartition('/')[2]}.jsonl"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        # RFC 9530: what was published beside the result.
        "Repr-Digest": f"sha-256=:{_base64(sha256)}:",
    }
    return await answer(request, made, content_type=CONTENT_TYPE, headers=headers)


async def _write(growing: Growing, *, ballots: Ballots) -> None:
    for part in write_ballots(ballots):
        await growing.add(part)


def _base64(digest: str) -> str:
    return b64encode(bytes.fromhex(digest)).decode()
