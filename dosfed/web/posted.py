"""What a browser posts: text in UTF-8, and files, both within bounds.

The library would let whoever posts name any encoding, for each part of a form as well; some
take minutes to undo, for which nobody else is answered.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, web

MOST_BYTES = 1_048_576  # as the library takes of forms without files
# A long text three times over, each of its characters written as `%E4%BD%A0`.
MOST_TYPED = 524_288
MOST_PARTS = 1_000
ENCODING = "utf-8"
MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The fields of a form, in their order, and its files."""

    values: Mapping[str, list[str]]
    files: Mapping[str, bytes]


async def read_posted(request: web.Request) -> Posted:
    """Return what a request carries; `ValueError` or an error of the library for nonsense."""
    if request.content_type == MULTIPART:
        return await _read_parts(request)
    if (request.charset or ENCODING).lower() != ENCODING:
        raise ValueError("not in UTF-8")
    if request.content_type != URLENCODED:
        return Posted(values={}, files={})
    body = await request.read()
    if len(body) > MOST_TYPED:
        raise web.HTTPRequestEntityTooLarge(MOST_TYPED, len(body))
    if body.count(b"%") > MOST_TYPED // 3:
        raise ValueError("not written in percents")
    values: dict[str, list[str]] = defaultdict(list)
    typed = parse_qsl(
        body.decode(ENCODING), keep_blank_values=True, errors="strict", max_num_fields=MOST_PARTS
    )
    for name, value in typed:
        values[name].append(value)
    return Posted(values=values, files={})


async def _read_parts(request: web.Request) -> Posted:
    """Read a form that may carry files (RFC 7578); a part with a file's name is one."""
    values: dict[str, list[str]] = defaultdict(list)
    files: dict[str, bytes] = {}
    parts = await request.multipart()
    number = size = 0
    while (part := await parts.next()) is not None:
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise ValueError("no field")
        body = bytearray()
        while chunk := await part.read_chunk():
            body += chunk
            size += len(chunk)
            if size > MOST_BYTES:
                raise web.HTTPRequestEntityTooLarge(MOST_BYTES, size)
        number += 1
        if number > MOST_PARTS:
            raise ValueError("too many parts")
        if part.filename:
            files[part.name] = bytes(body)
        else:
            values[part.name].append(body.decode(ENCODING))
    return Posted(values=values, files=files)
