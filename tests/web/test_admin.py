"""The team's pages: who sees them, what they change."""

import pytest

from dosfed.deliberation.model import Role
from tests.web.site import Site

MODERATED = ["/admin", "/admin/reports", "/admin/blocks", "/admin/blocks.csv"]
OPERATED = [
    "/admin/people",
    "/admin/invitations",
    "/admin/site",
    "/admin/languages",
    "/admin/texts",
    "/admin/texts/terms/fr",
    "/admin/deliveries",
    "/admin/mail",
]


@pytest.mark.parametrize("path", MODERATED + OPERATED)
async def test_an_operator_sees_every_page(site: Site, path: str) -> None:
    page = await (await site.signed_in("ana", Role.OPERATOR)).get(path)

    assert page.status == 200, page.text


@pytest.mark.parametrize("path", ["/about", "/terms", "/privacy", "/accessibility", "/moderation"])
@pytest.mark.parametrize("language", ["fr", "es", "en"])
async def test_everybody_reads_what_an_instance_owes(site: Site, path: str, language: str) -> None:
    page = await site.browser(language=language).get(path)
    assert page.status == 200
    assert "$" not in page.words
