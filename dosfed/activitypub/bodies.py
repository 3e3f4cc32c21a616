"""What other servers answer, read within bounds."""

import zlib

import aiohttp

GZIP = 16 + zlib.MAX_WBITS  # zlib's way of saying: with the header of gzip, and only that


async def read_body(response: aiohttp.ClientResponse, max_bytes: int) -> bytes | None:
    """Return the body, unpacked; None if it exceeds the limit at either stage."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > max_bytes:
            return None
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    return _unpacked(bytes(body), encoding, max_bytes)


def _unpacked(body: bytes, encoding: str, max_bytes: int) -> bytes | None:
    if encoding == "identity" or not body:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        return None
    unpacker = zlib.decompressobj(GZIP)
    try:
        # A kilobyte may unfold to a megabyte: it stops there, and `eof` tells that it had to.
        unpacked = unpacker.decompress(body, max_bytes)
    except zlib.error:
        return None
    return unpacked if unpacker.eof else None
