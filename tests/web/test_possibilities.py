"""A consultation's page says first what one can do, and until when."""

import re
from typing import Any

import pytest
from sqlalchemy import update

from dosfed.deliberation.consultations.tables import Consultations
from dosfed.web.services import CACHE
from tests.conftest import START
from tests.web.conftest import IMPORT
from tests.web.site import Site

SPAN = {"opens": "2026-04-01T00:00:00Z", "closes": "2026-09-01T00:00:00Z"}


def phase(kind: str, opens: str, closes: str) -> dict[str, str]:
    return {"kind": kind, "opens": f"2026-{opens}T00:00:00Z", "closes": f"2026-{closes}T00:00:00Z"}


async def box(site: Site, **given: Any) -> str:
    """Return the words of the box on the page of a consultation."""
    one = {**IMPORT["consultations"][0], **SPAN, "proposals": [], **given}
    await site.import_({**IMPORT, "consultations": [one]})
    return await shown(site)


async def shown(site: Site) -> str:
    site.app[CACHE].clear()
    page = await site.browser().get("/c/quais")
    assert page.text.index('id="now-title"') < page.text.index('id="proposals-title"')
    head, _, rest = page.text.partition('<section class="now-box')
    assert head.count("<h1>") == 1
    inside = rest.partition("</section>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", inside.partition(">")[2]).split())


async def test_without_phases_everything_is_possible_until_the_end(site: Site) -> None:
    said = await box(site)
    assert said == "Until 1 September 2026 you can: Make a proposal Give your arguments"


async def test_each_has_its_own_end_where_these_differ(site: Site) -> None:
    phases = [phase("proposals", "04-01", "06-01"), phase("discussion", "06-01", "07-01")]
    poll = {"method": "agree", "opens": "2026-04-01T00:00:00Z", "closes": "2026-08-01T00:00:00Z"}
    said = await box(
        site, phases=phases, proposals=[{"title": "Un vote", "text": "x", "poll": poll}]
    )
    assert said == (
        "What you can do now Make a proposal until 1 June 2026 "
        "Give your arguments until 1 July 2026 Vote until 1 August 2026"
    )


async def test_where_nothing_can_be_done_one_reads_what_comes(site: Site) -> None:
    phases = [phase("information", "04-01", "06-01"), phase("proposals", "06-01", "07-01")]
    said = await box(site, phases=phases)
    assert said.startswith("Now is the time to read")
    assert "From 1 June 2026 you can make proposals." in said


async def test_what_is_coming_and_what_is_over_say_so(site: Site) -> None:
    said = await box(site, opens="2026-05-20T00:00:00Z")
    assert said == "This consultation opens on 20 May 2026"
    site.clock.moment = START.replace(month=10)
    assert (await shown(site)).startswith("This consultation closed on 1 September 2026")


async def test_a_withdrawn_consultation_says_why_and_takes_nothing(site: Site) -> None:
    await box(site)
    values = {"withdrawn_at": START, "withdrawn_reason": "Le projet est <abandonné>."}
    async with site.database.write() as connection:
        await connection.execute(update(Consultations).values(values))
    said = await shown(site)
    assert "This consultation has been withdrawn" in said
    assert "Le projet est &lt;abandonné&gt;." in said
    page = await site.browser().get("/c/quais")
    assert 'href="/c/quais/propose"' not in page.text
    assert "Withdrawn" in (await site.browser().get("/")).words


@pytest.mark.parametrize("language", ["fr", "es"])
async def test_the_box_speaks_the_reader_s_language(site: Site, language: str) -> None:
    await box(site)
    page = await site.browser(language=language).get("/c/quais")
    assert {"fr": "vous pouvez", "es": "Hasta el"}[language] in page.words or (
        "1er septembre" in page.words
    )
