"""Where a mail went is said, so that a typo is seen, put right, and the mail sent again."""

from typing import Any

import pytest

from dosfed.accounts.invitations import Granted, invite
from dosfed.acts.memberships import Member, join
from dosfed.web.services import MAILS_TO_ADDRESS
from tests.web.site import TOKEN, Answer, Browser, Site
from tests.web.visitors import FIELD

TYPO, ADDRESS = "ana@exmple.org", "ana@example.org"
FORMS = ["/sign-up", "/forgot"]


async def ask(browser: Browser, page: str, email: str, **more: Any) -> Answer:
    return await browser.submit(page, page, email=email, **more)


async def again(browser: Browser, sent: Answer, email: str) -> Answer:
    """Send the form of the page that says where a mail went."""
    form = sent.text.partition("<main")[2].partition("<form")[2].partition("</form>")[0]
    action = form.partition('action="')[2].partition('"')[0]
    return await browser.post(action, [*FIELD.findall(form), ("email", email)])


async def add(site: Site) -> None:
    member = Member(name="ana", email=ADDRESS, password="kept")
    async with site.database.write() as connection:
        await join(connection, member, site.house, at=site.clock.now())


@pytest.mark.parametrize("page", FORMS)
async def test_the_address_is_repeated_corrected_and_written_to(site: Site, page: str) -> None:
    browser = site.browser()

    sent = await ask(browser, page, TYPO)
    assert f"An email is on its way to {TYPO}" in sent.words
    assert f'value="{TYPO}"' in sent.text
    right = await again(browser, sent, ADDRESS)

    assert right.status == 200
    assert f"Another email is on its way to {ADDRESS}" in right.words
    assert TYPO not in right.text
    assert len(await site.mails(ADDRESS)) == 1


async def test_a_correction_that_is_no_address_is_refused_and_kept(site: Site) -> None:
    browser = site.browser()
    wrong = await again(browser, await ask(browser, "/sign-up", TYPO), "ana@")
    assert wrong.status == 422
    assert "This is not an email address" in wrong.words
    assert 'value="ana@"' in wrong.text


@pytest.mark.rule("6.7")
@pytest.mark.parametrize("page", FORMS)
async def test_sending_again_is_counted_and_tells_nobody_who_has_an_account(
    site: Site, page: str
) -> None:
    await add(site)
    read = []
    for email in (ADDRESS, "luc@example.org"):
        browser = site.browser()
        sent = await ask(browser, page, email)
        answers = [sent]
        for _ in range(MAILS_TO_ADDRESS + 1):
            sent = await again(browser, sent, email)
            answers.append(sent)
        assert len(await site.mails(email)) == MAILS_TO_ADDRESS
        read.append([(one.status, TOKEN.sub("", one.text).replace(email, "")) for one in answers])
    assert read[0] == read[1]


async def test_what_came_with_the_form_is_sent_again_as_well(site: Site) -> None:
    async with site.database.write() as connection:
        now = site.clock.now()
        link = await invite(
            connection, Granted(role="moderator", consultation=None), note="", invited_by="", at=now
        )
    browser = site.browser()
    token = link.rpartition("/")[2]
    sent = await browser.submit(
        f"/invitation/{token}", "/sign-up", email=TYPO, invitation=token, return_to="/c/quais"
    )

    await again(browser, sent, ADDRESS)

    mail = await site.link_in_mail(ADDRESS)
    assert mail.endswith("?return_to=/c/quais")
    done = await browser.submit(mail, mail.partition("?")[0], name="ana", password="four words of")
    assert "Welcome!" in done.words
    assert 'href="/admin"' in (await browser.get("/")).text


async def test_an_address_is_shown_as_text(site: Site) -> None:
    sent = await ask(site.browser(), "/sign-up", "a&b'c@example.org")
    assert "a&b'c@example.org" in sent.words
    assert "a&b'c" not in sent.text


@pytest.mark.parametrize("page", FORMS)
async def test_no_address_is_kept_in_the_browser_or_said_in_an_address(
    site: Site, page: str
) -> None:
    sent = await ask(site.browser(), page, ADDRESS)
    assert sent.url == f"{site.base_url}{page}"
    assert ADDRESS not in sent.cookies
    assert "no-cache" in sent.headers["cache-control"]
