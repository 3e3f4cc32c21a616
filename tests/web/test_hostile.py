"""Requests that mean harm, or nothing: a status, a few words, and nothing written."""

import asyncio
import io
from collections.abc import AsyncIterator

import aiohttp
import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from dosfed.deliberation.debate.tables import Arguments
from dosfed.web import forms
from tests.web.site import HTML, TOKEN, Site, path_of

URLENCODED = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    "path",
    [
        "/c/quais?page=" + "9" * 5000,
        "/c/quais?page=-1",
        "/c/quais?page=%C2%B2",
        "/c/quais?notice=<script>",
        "/c/quais?lang=<script>",
        "/authorize_interaction?uri=%00",
        "/authorize_interaction?uri=%ED%A0%80",
        "/interact?uri=%00<script>",
        "/p/%00",
        "/p/..%2f..%2fetc%2fpasswd",
        "/static/..%2fstyle.css",
        "/c/quais@%2e%2e",
        "/sign-in/%00",
    ],
)
@pytest.mark.usefixtures("proposals")
async def test_an_odd_address_breaks_nothing(site: Site, path: str) -> None:
    page = await site.browser().get(path)

    assert page.status < 500
    assert "<script>" not in page.text


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (f"{URLENCODED}; charset=nonsense", b"csrf=x&text=a"),
        (URLENCODED, b"csrf=%ff%fe&text=\xff\xfe"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: broken"),
        ("multipart/form-data; boundary=x", b"--x\r\nno head at all"),
        ("application/json", b'{"csrf": "x"}'),
        ("text/plain", b"csrf=x"),
    ],
)
async def test_a_broken_form_changes_nothing(
    site: Site, proposals: dict[str, str], content_type: str, body: bytes
) -> None:
    ana = await site.signed_in("ana")
    url = f"{proposals['quais']}/arguments"

    async with ana.http.post(
        url, data=body, headers={"Content-Type": content_type, "Accept": HTML}
    ) as response:
        text = await response.text()

    assert response.status in {400, 403}
    assert "Traceback" not in text


async def test_a_form_that_is_too_large_is_not_read(site: Site, proposals: dict[str, str]) -> None:
    ana = await site.signed_in("ana")
    body = io.BytesIO(b"text=" + b"x" * 2_000_000)
    headers = {"Content-Type": URLENCODED, "Accept": HTML}

    async with ana.http.post(
        f"{proposals['quais']}/arguments", data=body, headers=headers
    ) as response:
        assert response.status == 413
        assert "This is too large" in await response.text()


async def test_a_form_that_drips_is_not_waited_for(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "FORM_SECONDS", 0.05)

    async def drip() -> AsyncIterator[bytes]:
        yield b"uri="
        await asyncio.Event().wait()

    async with site.browser().http.post(
        f"{site.base_url}/interact", data=drip(), headers={"Content-Type": URLENCODED}
    ) as response:
        assert response.status == 408


async def test_a_file_in_a_form_is_left_out(site: Site, proposals: dict[str, str]) -> None:
    ana = await site.signed_in("ana")
    page = await ana.get(proposals["quais"])
    token = TOKEN.search(page.text)
    assert token is not None
    form = aiohttp.FormData({"csrf": token[1], "stance": "for"})
    form.add_field("text", b"words", filename="words.txt", content_type="text/plain")

    async with ana.http.post(f"{proposals['quais']}/arguments", data=form) as response:
        assert response.status == 422

    async with site.database.read() as connection:
        assert (await connection.execute(select(func.count(Arguments.id)))).scalar_one() == 0


async def test_the_same_form_sent_twice_is_two_acts_at_most(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    path = path_of(proposals["quais"])

    for _ in range(2):
        answer = await ana.submit(path, f"{path}/ballot", option="Abstention", follow=False)
        assert answer.status == 303
    await site.tick()

    assert "Abstention 1 100%" in (await site.browser().get(path)).words


async def test_a_log_line_names_the_route_and_not_the_token(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site.database, "writer", None)

    with capture_logs() as lines:
        answer = await site.browser().get("/sign-in/very-secret-token")

    assert answer.status == 500
    assert [line["route"] for line in lines] == ["/sign-in/{token}"]
    assert "very-secret-token" not in str(lines)
