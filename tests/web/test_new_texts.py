"""No silent rewrite: what people have read, or signed, changes once somebody has read it again."""

import re

import pytest
from sqlalchemy import select, update

from dosfed.deliberation.model import Role
from dosfed.deliberation.proposals.tables import CoSigners, NewTexts, ProposalPosts
from dosfed.storage.engine import Database
from tests.web.conftest import IMPORT
from tests.web.site import JSON, Answer, Browser, Site, path_of

OPEN = {**IMPORT, "consultations": [{**IMPORT["consultations"][0], "needs_facilitator": False}]}


@pytest.fixture
async def ana(site: Site, proposals: dict[str, str]) -> Browser:
    """The author of a published proposal that people can vote on."""
    browser = await site.signed_in("ana")
    await give(site.database, proposals["quais"], f"{site.base_url}/u/ana")
    site.forget()
    return browser


@pytest.fixture
async def fay(site: Site) -> Browser:
    """A facilitator."""
    return await site.signed_in("fay", Role.FACILITATOR)


@pytest.fixture
def own(proposals: dict[str, str]) -> str:
    """The path of Ana's proposal."""
    return path_of(proposals["quais"])


async def give(database: Database, proposal: str, author: str) -> None:
    """Let a proposal of an import be somebody's."""
    async with database.write() as connection:
        await connection.execute(
            update(ProposalPosts)
            .where(ProposalPosts.id == proposal)
            .values(
                title="Planter quarante arbres", text="Partout.", author=author, author_name="@ana"
            )
        )


async def rewrite(browser: Browser, path: str, title: str = "Abattre les arbres") -> Answer:
    return await browser.submit(
        f"{path}/edit", f"{path}/edit", title=title, text="Tous.", note="Mieux", follows="1"
    )


async def co_sign(site: Site, name: str, path: str) -> Browser:
    browser = await site.signed_in(name)
    page = await browser.submit(path, f"{path}/co-sign", sign="1", version="1")
    assert "You have co-signed this proposal" in page.words
    return browser


@pytest.mark.rule("3.31")
async def test_an_authors_new_text_waits_and_everybody_else_reads_the_old_one(
    site: Site, ana: Browser, fay: Browser, own: str
) -> None:
    luis = await co_sign(site, "luis", own)

    page = await rewrite(ana, own)

    assert "A facilitator will read your new text." in page.words
    assert "Your new text is waiting for a facilitator to read it." in page.words
    assert "Abattre" not in page.words
    assert "Abattre" in (await ana.get(f"{own}/new-text")).words
    assert 'value="Abattre les arbres"' in (await ana.get(f"{own}/edit")).text
    for reader in (luis, site.browser()):
        shown = await reader.get(own)
        assert "Planter quarante arbres" in shown.words
        assert "author wants to change" not in shown.words
        assert "Abattre" not in (await reader.get(f"{own}/new-text")).words
        assert "Abattre" not in (await reader.get(own, accept=JSON)).text
    assert "Its author wants to change this text." in (await fay.get(own)).words


@pytest.mark.rule("3.31")
async def test_a_facilitator_reads_what_would_change_and_lets_it_be_published(
    site: Site, ana: Browser, fay: Browser, own: str
) -> None:
    luis = await co_sign(site, "luis", own)
    await rewrite(ana, own)
    waiting = await fay.get("/c/quais")
    assert f'href="{own}/new-text"' in waiting.text

    page = await fay.get(f"{own}/new-text")
    assert re.search(r"<del>.*Planter quarante.*</del>", page.text)
    assert re.search(r"<ins>.*Abattre les.*</ins>", page.text)
    assert "1 person has co-signed the published text." in page.words
    done = await fay.submit(f"{own}/new-text", f"{own}/new-text/accept", number="1", version="1")

    assert "The new text has been published." in done.words
    assert "Abattre les arbres" in (await site.browser().get(own)).words
    assert (
        "Your new text for Abattre les arbres has been published."
        in (await ana.get("/notices")).words
    )
    assert "The text of Abattre les arbres has changed." in (await luis.get("/notices")).words
    assert "new-text" not in (await fay.get("/c/quais")).text
    assert "by its author" in (await ana.get(f"{own}/versions")).words


@pytest.mark.rule("3.31")
async def test_one_that_is_turned_down_stays_with_its_author_and_the_reason(
    site: Site, ana: Browser, fay: Browser, own: str
) -> None:
    await rewrite(ana, own)
    place = f"{own}/new-text"

    silent = await fay.submit(place, f"{place}/refuse", number="1", version="1", reason=" ")
    assert silent.status == 422
    assert 'id="reason-error"' in silent.text
    await fay.submit(place, f"{place}/refuse", number="1", version="1", reason="C'est l'inverse")

    assert "was not accepted; you can read why" in (await ana.get("/notices")).words
    assert "Your new text was not accepted." in (await ana.get(own)).words
    assert "C'est l'inverse" in (await ana.get(place)).words
    assert "Abattre" not in (await fay.get(place)).words
    await ana.submit(place, f"{place}/drop")
    assert "new text" not in (await ana.get(own)).words
    assert "Planter quarante arbres" in (await site.browser().get(own)).words


@pytest.mark.rule("3.31")
@pytest.mark.parametrize("name", ["number", "version"])
async def test_only_what_a_facilitator_has_read_is_decided_on(
    ana: Browser, fay: Browser, own: str, name: str
) -> None:
    await rewrite(ana, own)
    read = {"number": "1", "version": "1"}
    if name == "number":
        await rewrite(ana, own, "Abattre tous les arbres")
    else:
        await fay.submit(
            f"{own}/edit", f"{own}/edit", title="Quarante arbres", text="x", note="y", follows="1"
        )

    page = await fay.submit(
        f"{own}/new-text",
        f"{own}/new-text/accept",
        number=read["number"],
        version=read["version"],
    )

    assert page.status == 422
    assert "Somebody changed this while you were writing." in page.words
    assert "Abattre" not in (await fay.get(own)).words


@pytest.mark.rule("3.31")
async def test_with_the_first_ballot_it_lapses_and_its_author_is_told(
    site: Site, ana: Browser, fay: Browser, own: str
) -> None:
    await rewrite(ana, own)
    luis = await site.signed_in("luis")
    await luis.submit(own, f"{own}/ballot", option="D'accord")

    late = await fay.submit(f"{own}/new-text", f"{own}/new-text/accept", number="1", version="1")
    assert "the text stays as it is" in late.words
    await site.tick()

    assert "came too late" in (await ana.get("/notices")).words
    assert "Your new text came too late" in (await ana.get(own)).words
    assert "Abattre" in (await ana.get(f"{own}/new-text")).words
    assert "new-text" not in (await fay.get("/c/quais")).text
    assert "Planter quarante arbres" in (await fay.get(own)).words


@pytest.mark.rule("3.31")
async def test_who_writes_the_published_text_again_asks_for_no_other(
    site: Site, ana: Browser, own: str
) -> None:
    await rewrite(ana, own)

    page = await ana.submit(
        f"{own}/edit",
        f"{own}/edit",
        title="Planter quarante arbres",
        text="Partout.",
        note="x",
        follows="1",
    )

    assert "Your new text has been deleted." in page.words
    async with site.database.read() as connection:
        assert (await connection.execute(select(NewTexts.proposal))).first() is None


async def test_nobody_else_withdraws_a_new_text_or_decides_on_it(
    site: Site, ana: Browser, fay: Browser, own: str
) -> None:
    await rewrite(ana, own)
    luis = await site.signed_in("luis")

    for name in ("drop", "accept", "refuse"):
        assert (await luis.submit("/c/quais", f"{own}/new-text/{name}")).status == 403
    assert (await fay.submit("/c/quais", f"{own}/new-text/drop")).status == 403
    stranger = await site.browser().get(f"{own}/new-text", follow=False)
    assert stranger.headers["location"].startswith("/sign-in")


@pytest.mark.rule("3.32")
async def test_where_nobody_reads_first_a_new_text_starts_without_co_signers(site: Site) -> None:
    ids = await site.import_(OPEN)
    ana = await site.signed_in("ana")
    await give(site.database, ids["quais"], f"{site.base_url}/u/ana")
    site.forget()
    own = path_of(ids["quais"])
    luis = await co_sign(site, "luis", own)
    assert "1 person has co-signed the current text." in (await ana.get(f"{own}/edit")).words

    page = await rewrite(ana, own)

    assert "Everyone who had co-signed it will be asked again." in page.words
    assert "Abattre les arbres" in page.words
    assert "Nobody has co-signed this proposal yet." in page.words
    told = (await luis.get("/notices")).words
    # By what they signed: by its new title it would be another proposal.
    assert "The text of Planter quarante arbres , which you had co-signed, has changed." in told
    again = await luis.submit(own, f"{own}/co-sign", sign="1", version="2")
    assert "You have co-signed this proposal" in again.words


@pytest.mark.rule("3.32")
async def test_whoever_signs_a_text_that_has_changed_meanwhile_signs_nothing(site: Site) -> None:
    ids = await site.import_(OPEN)
    ana, luis = await site.signed_in("ana"), await site.signed_in("luis")
    await give(site.database, ids["quais"], f"{site.base_url}/u/ana")
    site.forget()
    own = path_of(ids["quais"])
    await rewrite(ana, own)

    page = await luis.submit(own, f"{own}/co-sign", sign="1", version="1")

    assert page.status == 422
    assert "Somebody changed this while you were writing." in page.words
    async with site.database.read() as connection:
        assert (await connection.execute(select(CoSigners.actor))).first() is None


@pytest.mark.rule("3.32")
async def test_what_a_facilitator_changes_keeps_its_co_signers_who_are_told(
    site: Site, ana: Browser, fay: Browser, own: str
) -> None:
    assert ana is not fay
    luis = await co_sign(site, "luis", own)

    await rewrite(fay, own, "Planter quarante et un arbres")

    assert "1 co-signer" in (await luis.get(own)).words
    assert "has changed." in (await luis.get("/notices")).words


@pytest.mark.rule("4.6")
async def test_a_new_text_goes_with_its_author(site: Site, ana: Browser, own: str) -> None:
    await rewrite(ana, own)
    assert "Abattre" in (await ana.get("/account/export")).text

    await ana.submit("/account/delete", "/account/delete", name="ana")

    async with site.database.read() as connection:
        assert (await connection.execute(select(NewTexts.proposal))).first() is None
