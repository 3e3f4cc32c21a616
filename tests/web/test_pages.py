"""Pages: what a visitor reads, in which language, and what other servers get instead."""

import orjson
import pytest
from sqlalchemy import select, update

from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Submission
from dosfed.deliberation.debate.model import Remove
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import ActorId, Role
from dosfed.deliberation.proposals.tables import ProposalPosts
from tests.conftest import START
from tests.web.site import JSON, Site, path_of

MANY = 30_000


@pytest.mark.usefixtures("proposals")
async def test_home_lists_the_consultations(site: Site) -> None:
    home = await site.browser().get("/")

    assert home.status == 200
    assert "Fermer les quais aux voitures ?" in home.words
    assert "6 proposals" in home.words
    assert "5 open votes" in home.words


async def test_an_instance_without_consultations_says_so(site: Site) -> None:
    assert "There are no consultations yet." in (await site.browser().get("/")).words


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr", "fr"),
        ("es-AR,es;q=0.9,en;q=0.5", "es"),
        ("de,fr;q=0.4,en;q=0.3", "fr"),
        ("de", "en"),
        ("en;q=0.1, fr;q=0", "en"),
        (";;;q=x,*", "en"),
    ],
)
async def test_pages_speak_the_browser_s_language(site: Site, header: str, language: str) -> None:
    page = await site.browser(language=header).get("/")

    assert page.headers["content-language"] == language
    assert f'<html lang="{language}">' in page.text


async def test_a_chosen_language_stays_chosen(site: Site) -> None:
    browser = site.browser(language="fr")

    assert '<html lang="es">' in (await browser.get("/?lang=es")).text
    assert '<html lang="es">' in (await browser.get("/")).text


async def test_a_contribution_keeps_its_own_language(site: Site, proposals: dict[str, str]) -> None:
    page = await site.browser(language="es").get(proposals["quais"])

    assert '<h1 lang="fr">Fermer les quais</h1>' in page.text
    assert "La votación" in page.words


async def test_a_page_names_its_object_for_other_servers(
    site: Site, proposals: dict[str, str]
) -> None:
    uri = proposals["quais"]
    page = await site.browser().get(uri)

    assert page.headers["link"] == f'<{uri}>; rel="alternate"; type="{JSON}"'
    assert f'<link rel="alternate" type="{JSON}" href="{uri}">' in page.text
    assert '<meta property="og:title" content="Fermer les quais">' in page.text
    assert "Accept" in page.headers["vary"]


@pytest.mark.usefixtures("proposals")
@pytest.mark.parametrize("path", ["/c/quais", "/o/mairie", "/"])
async def test_the_same_address_answers_servers_with_a_document(site: Site, path: str) -> None:
    answer = await site.browser().get(path, accept=JSON)

    assert answer.status == 200
    assert answer.headers["content-type"].startswith(JSON)
    assert orjson.loads(answer.text)["id"] in {site.base_url + path, f"{site.base_url}/actor"}


async def test_a_document_is_not_sent_twice(site: Site, proposals: dict[str, str]) -> None:
    browser = site.browser()
    first = await browser.get(proposals["quais"], accept=JSON)
    browser.http.headers["If-None-Match"] = first.headers["etag"]

    assert (await browser.get(proposals["quais"], accept=JSON)).status == 304


@pytest.mark.parametrize(
    "path",
    ["/c/nobody", "/p/nothing", "/a/nothing", "/o/nobody", "/u/nobody", "/n/x", "/x", "/static/x"],
)
@pytest.mark.parametrize("accept", ["text/html", JSON, "*/*"])
async def test_what_is_not_there_is_said_in_a_few_words(site: Site, path: str, accept: str) -> None:
    answer = await site.browser().get(path, accept=accept)

    assert answer.status == 404
    assert "Traceback" not in answer.text
    assert ("<html" in answer.text) == (accept == "text/html")


@pytest.mark.parametrize("accept", ["text/html", JSON])
async def test_what_its_author_deleted_is_gone_for_people_as_for_servers(
    site: Site, proposals: dict[str, str], accept: str
) -> None:
    ana, proposal = await site.signed_in("ana"), proposals["quais"]
    await ana.submit(proposal, f"{path_of(proposal)}/arguments", text="Oui", stance="for")
    async with site.database.write() as connection:
        rows = await connection.execute(select(Arguments.id, Arguments.author))
        argument, author = rows.one()
        remove = Remove(id=argument, actor=ActorId(author or ""))
        await perform_one(connection, Submission(command=remove, at=START), site.house)

    assert (await site.browser().get(argument, accept=accept)).status == 410


@pytest.mark.parametrize("accept", ["text/html", JSON])
async def test_what_a_state_that_is_not_known_means_is_shown_to_nobody(
    site: Site, proposals: dict[str, str], accept: str
) -> None:
    proposal = proposals["quais"]
    facilitator = await site.signed_in("fay", Role.FACILITATOR)
    async with site.database.write() as connection:
        await connection.execute(update(ProposalPosts).values(state="unheard-of"))

    site.forget()
    for browser in (site.browser(), facilitator):
        assert (await browser.get(proposal, accept=accept)).status == 410
    assert (await facilitator.get(f"{path_of(proposal)}/edit")).status in {403, 404}


async def test_a_path_that_only_takes_forms_leads_back_to_its_page(
    site: Site, proposals: dict[str, str]
) -> None:
    page = await site.browser().get(f"{path_of(proposals['quais'])}/ballot")

    assert page.url == proposals["quais"]


async def test_a_method_that_nothing_takes_is_refused(site: Site) -> None:
    answer = await site.browser().post("/", [])

    assert answer.status == 405
    assert "GET" in answer.headers["allow"]


async def test_what_breaks_is_told_to_the_log_and_not_to_the_visitor(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.database.dispose()
    monkeypatch.setattr(site.database, "reader", None)

    answer = await site.browser().get("/")

    assert answer.status == 500
    assert "Something went wrong" in answer.words
    assert "NoneType" not in answer.text


async def test_no_page_may_run_a_foreign_script_or_be_framed(
    site: Site, proposals: dict[str, str]
) -> None:
    for path in ("/", "/c/quais", proposals["quais"], "/x", "/interact"):
        page = await site.browser().get(path)
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "same-origin"
        assert "script-src 'self';" in policy
        assert page.text.count("<script") == page.text.count('<script src="/static/')
        assert " style=" not in page.text


async def test_static_files_may_be_kept_for_ever(site: Site) -> None:
    browser = site.browser()
    home = await browser.get("/")
    path = home.text.partition('rel="stylesheet" href="')[2].partition('"')[0]

    style = await browser.get(path)

    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in style.headers["cache-control"]


@pytest.mark.usefixtures("proposals")
async def test_a_stranger_s_page_carries_nothing_of_another(site: Site) -> None:
    ana = await site.signed_in("ana")
    assert "@ana" in (await ana.get("/c/quais")).words

    first = await site.browser().get("/c/quais")
    second = await site.browser().get("/c/quais")

    assert "@ana" not in first.words
    assert first.text != second.text  # each has a token of its own
    assert "private" in first.headers["cache-control"]


async def test_html_of_others_is_harmless_on_a_page(site: Site, proposals: dict[str, str]) -> None:
    ana = await site.signed_in("ana")
    path = path_of(proposals["sans"])
    evil = "<script>alert(1)</script> [x](javascript:alert(1)) <b onclick=x>"

    page = await ana.submit(path, f"{path}/arguments", text=evil, stance="for")

    assert "<script>" not in page.text
    assert "javascript:alert" not in page.text.replace("[x](javascript:alert(1))", "")


@pytest.mark.parametrize("language", ["fr", "es", "en"])
async def test_every_language_has_its_templates(site: Site, language: str) -> None:
    page = await site.browser(language=language).get("/sign-in/unknown")

    assert f'<html lang="{language}"' in page.text


@pytest.mark.usefixtures("proposals")
async def test_a_change_of_language_keeps_the_rest_of_the_address(site: Site) -> None:
    page = await site.browser().get('/c/quais?q=a%22b%26c&sort=newest&lang=fr&notice=argument"><i>')
    other = await site.browser().get("/c/quais?q=a%22b%26c&sort=newest")

    assert 'href="?q=a%22b%26c&amp;sort=newest&amp;lang=es"' in page.text
    assert 'href="?q=a%22b%26c&amp;sort=newest&amp;lang=es"' in other.text
    assert '"><i>' not in page.text
    home = await site.browser().get("/")
    assert 'href="?lang=es"' in home.text
