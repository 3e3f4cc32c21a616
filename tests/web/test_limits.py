"""How much one person sends who is signed in: more than anybody types, and not without end."""

from typing import Any

import pytest
from sqlalchemy import func, select

from dosfed.activitypub.throttle import Throttle
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.votes.tables import Ballots
from dosfed.web.services import (
    ACT_SECONDS,
    ACTS,
    BALLOTS,
    MOST_ACTS,
    MOST_BALLOTS,
    MOST_WRITINGS,
    WRITINGS,
)
from tests.web.site import Answer, Browser, Site, path_of


async def argue(browser: Browser, proposal: str, text: str) -> Answer:
    path = path_of(proposal)
    return await browser.submit(path, f"{path}/arguments", text=text, stance="for")


def use_up(site: Site, counted: Any, most: int, name: str = "ana") -> None:
    """Count what somebody sent already."""
    throttle: Throttle = site.app[counted]
    for _ in range(most):
        throttle.add(f"{site.base_url}/u/{name}", site.clock.now().timestamp())


async def count(site: Site, table: Any) -> int:
    async with site.database.read() as connection:
        return (await connection.execute(select(func.count()).select_from(table))).scalar_one()


@pytest.mark.rule("6.11")
async def test_thirty_arguments_in_ten_minutes_are_taken_and_no_more(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    for number in range(MOST_WRITINGS):
        assert (await argue(ana, proposals["quais"], f"Argument {number}.")).status == 200
    site.clock.advance(seconds=240)
    refused = await argue(ana, proposals["quais"], "Le trente et unième, avec <b>soin</b>.")

    assert refused.status == 429
    assert refused.headers["retry-after"] == str(ACT_SECONDS - 4 * 60)
    assert "Please wait 6 minutes, then send it again." in refused.words
    assert "Le trente et unième, avec &lt;b&gt;soin&lt;/b&gt;." in refused.text
    assert refused.headers["cache-control"].startswith("private")
    assert await count(site, Arguments) == MOST_WRITINGS
    luis = await argue(await site.signed_in("luis"), proposals["quais"], "Le mien.")
    assert luis.status == 200

    site.clock.advance(seconds=360)
    assert (await argue(ana, proposals["quais"], "Le trente et unième.")).status == 200


@pytest.mark.rule("6.11")
@pytest.mark.parametrize(
    ("language", "sentence"),
    [("fr", "Attendez 10 minutes"), ("es", "Espere 10 minutos"), ("en", "Please wait 10 minutes")],
)
async def test_it_is_said_in_the_reader_s_language(
    site: Site, proposals: dict[str, str], language: str, sentence: str
) -> None:
    ana = await site.signed_in("ana", language=language)
    use_up(site, WRITINGS, MOST_WRITINGS)

    assert sentence in (await argue(ana, proposals["quais"], "Encore.")).words


@pytest.mark.rule("6.11")
async def test_what_was_typed_can_be_sent_again(site: Site, proposals: dict[str, str]) -> None:
    ana = await site.signed_in("ana")
    use_up(site, WRITINGS, MOST_WRITINGS)
    refused = await argue(ana, proposals["quais"], "Avec soin.")
    path = path_of(proposals["quais"])
    assert f'action="{path}/arguments"' in refused.text
    assert '<input type="hidden" name="text" value="Avec soin.">' in refused.text


@pytest.mark.rule("6.11")
async def test_proposals_arguments_and_reports_are_counted_together(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    await argue(ana, proposals["quais"], "De l'air.")
    async with site.database.read() as connection:
        argument = path_of((await connection.execute(select(Arguments.id))).scalar_one())
    use_up(site, WRITINGS, MOST_WRITINGS)
    title: dict[str, Any] = {"title": "Des bancs", "text": "Partout.", "language": "fr"}

    proposed = await ana.submit("/c/quais/propose", "/c/quais/proposals", **title)
    assert proposed.status == 429
    assert "Des bancs" in proposed.words
    report = await ana.submit(f"{argument}/report", f"{argument}/report", text="Du bruit.")
    assert report.status == 429
    assert "Du bruit." in report.words
    draft = await ana.submit("/c/quais/propose", "/c/quais/propose", **title, do="draft")
    assert draft.status == 200


@pytest.mark.rule("6.11")
async def test_everything_else_has_a_number_of_its_own(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    use_up(site, ACTS, MOST_ACTS)
    path = path_of(proposals["quais"])

    target = f"{site.base_url}/c/quais"
    followed = await ana.submit(path, "/subscriptions", target=target, subscribe="1")
    assert followed.status == 429
    assert (await argue(ana, proposals["quais"], "De l'air.")).status == 200
    voted = await ana.submit(path, f"{path}/ballot", option="D'accord")
    assert voted.status == 200
    assert await count(site, Ballots) == 1


@pytest.mark.rule("6.11")
async def test_a_ballot_is_taken_from_anybody_who_is_a_person(
    site: Site, proposals: dict[str, str]
) -> None:
    """Two forms a second, for ten minutes, are not yet too many."""
    ana = await site.signed_in("ana")
    path = path_of(proposals["quais"])
    use_up(site, BALLOTS, MOST_BALLOTS - 1)

    assert (await ana.submit(path, f"{path}/ballot", option="D'accord")).status == 200
    refused = await ana.submit(path, f"{path}/ballot", option="Abstention")
    assert refused.status == 429
    assert "Abstention" in refused.words


@pytest.mark.rule("6.11")
async def test_who_was_stopped_can_still_end_sessions(site: Site) -> None:
    """Otherwise whoever took a session could keep its owner from ending it."""
    ana = await site.signed_in("ana")
    use_up(site, ACTS, MOST_ACTS)

    ended = await ana.submit("/account/sessions", "/account/sessions", others="1")
    assert ended.status == 200
    out = await ana.submit("/", "/sign-out")
    assert out.status == 200
    assert (await ana.get("/account")).url.endswith("/sign-in?return_to=/account")
