"""What a browser posts, in encodings and parts of every kind."""

import io
from contextlib import suppress

import aiohttp
import pytest

from tests.web.site import Site


async def post(site: Site, body: bytes | io.BytesIO, content_type: str) -> int:
    """Post bytes to the sign-in page; return the status."""
    async with site.browser().http.post(
        f"{site.base_url}/sign-in",
        data=body,
        headers={"Content-Type": content_type, "Accept": "text/html"},
    ) as answer:
        return answer.status


def part(head: str, body: bytes) -> bytes:
    return f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + body + b"\r\n"


@pytest.mark.parametrize("encoding", ["punycode", "idna", "utf-7", "zlib", "latin-1", "nonsense"])
async def test_forms_are_in_utf_8_alone(site: Site, encoding: str) -> None:
    kind = f"application/x-www-form-urlencoded; charset={encoding}"
    assert await post(site, b"login=ana", kind) == 400
    # An encoding that a part names for itself is not undone either.
    named = b"--x\r\nContent-Disposition: form-data; name=login\r\n"
    named += f"Content-Type: text/plain; charset={encoding}\r\n\r\n".encode() + b"ana\r\n--x--\r\n"
    assert await post(site, named, "multipart/form-data; boundary=x") == 403


@pytest.mark.parametrize(
    "body",
    [
        part("name=login", b"\xff") + b"--x--\r\n",
        part("filename=a", b"a") + b"--x--\r\n",
        part("name=_charset_", b"x" * 40) + b"--x--\r\n",
        part("name=a", b"") * 1_001 + b"--x--\r\n",
        part("name=a; filename=b", b"") * 1_001 + b"--x--\r\n",
        b"nothing of the kind",
    ],
)
async def test_parts_that_make_no_sense_are_refused(site: Site, body: bytes) -> None:
    assert await post(site, body, "multipart/form-data; boundary=x") == 400


async def test_what_is_too_large_is_refused(site: Site) -> None:
    body = io.BytesIO(part("name=a; filename=b", b"x" * 1_100_000) + b"--x--\r\n")
    # The rest is not waited for: the answer may not get through.
    with suppress(aiohttp.ClientConnectionError):
        assert await post(site, body, "multipart/form-data; boundary=x") == 413


@pytest.mark.parametrize("name", [b"dosfed", b"dosfed-form", b"language"])
async def test_cookies_of_odd_bytes_are_nobody_s(site: Site, name: bytes) -> None:
    cookie = (name + b"=\xff\xfe").decode("utf-8", "surrogateescape")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        url = f"{site.base_url}/account"
        async with http.get(url, headers={"Cookie": cookie}, allow_redirects=False) as answer:
            assert answer.status == 303
