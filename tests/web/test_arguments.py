"""What people do with arguments on the pages: weigh, change, delete, report, look back."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from dosfed.deliberation.debate.tables import ArgumentPosts, Arguments, Weights
from dosfed.deliberation.moderation.tables import Reports
from dosfed.deliberation.proposals.clauses import clauses_of
from dosfed.deliberation.proposals.tables import ProposalPosts
from dosfed.shown.arguments import anchor_of
from dosfed.web.session import issue_link
from tests.conftest import START
from tests.web.site import JSON, Browser, Site, path_of
from tests.web.test_debates import argue, uri

PRESSED = 'aria-pressed="true"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """An argument somebody wrote here: whose it is, where it is debated, its own page."""

    author: Browser
    debate: str
    page: str
    anchor: str


async def post(browser: Browser, proposal: str, text: str, **fields: Any) -> Posted:
    """Write an argument as a form does."""
    debate = path_of(proposal)
    fields = {"text": text, "stance": "for", **fields}
    answer = await browser.submit(debate, f"{debate}/arguments", **fields)
    assert answer.status == 200, answer.words
    anchor = answer.url.partition("#")[2] or re.findall(r"at=(a-[0-9a-f]{12})", answer.url)[0]
    (page,) = re.findall(rf'id="{anchor}">.*?class="when" href="([^"]+)"', answer.text, re.DOTALL)
    return Posted(author=browser, debate=debate, page=page, anchor=anchor)


@pytest.fixture
async def posted(site: Site, proposals: dict[str, str]) -> Posted:
    """An argument of @ana on a proposal without a vote."""
    return await post(await site.signed_in("ana"), proposals["sans"], "L'eau **monte**.")


async def count(site: Site, column: Any) -> int:
    async with site.database.read() as connection:
        number: int = (await connection.execute(select(func.count(column)))).scalar_one()
        return number


async def test_a_weight_is_given_changed_and_taken_back(site: Site, posted: Posted) -> None:
    luc = await site.signed_in("luc")
    action = f"{posted.debate}/weights"

    strong = await luc.submit(posted.debate, action, strong=posted.anchor)
    assert strong.text.count(PRESSED) == 1
    assert 'name="neither"' in strong.text
    assert "Convincing 1" in strong.words
    assert "1 person finds this convincing" in (await site.browser().get(posted.debate)).words

    weak = await luc.submit(posted.debate, action, weak=posted.anchor)
    assert ("Convincing 0" in weak.words, "Unconvincing 1" in weak.words) == (True, True)

    neither = await luc.submit(posted.debate, action, neither=posted.anchor)
    assert PRESSED not in neither.text
    assert await count(site, Weights.object) == 0


async def test_the_reader_comes_back_to_the_same_debate(site: Site, posted: Posted) -> None:
    luc = await site.signed_in("luc")
    action = f"{posted.debate}/weights?sort=newest&page=1&evil=//x"
    answer = await luc.submit(posted.debate, action, follow=False, strong=posted.anchor)
    place = f"{posted.debate}?sort=newest&at={posted.anchor}#{posted.anchor}"
    assert (answer.status, answer.headers["location"]) == (303, place)


async def test_nobody_weighs_their_own_argument(posted: Posted) -> None:
    page = await posted.author.get(posted.debate)
    assert 'form="weight"' not in page.text
    answer = await posted.author.submit(
        posted.debate, f"{posted.debate}/weights", strong=posted.anchor
    )
    assert answer.status == 422
    assert "You cannot rate your own argument." in answer.words


@pytest.mark.parametrize("fields", [{}, {"strong": "a-000000000000"}, {"strong": "é"}])
async def test_what_is_not_there_is_not_weighed(
    site: Site, posted: Posted, fields: dict[str, Any]
) -> None:
    luc = await site.signed_in("luc")
    answer = await luc.submit(posted.debate, f"{posted.debate}/weights", **fields)
    assert answer.status == 404


async def test_an_argument_of_another_server_has_a_page_here(
    site: Site, proposals: dict[str, str]
) -> None:
    await argue(site, proposals["sans"], {"id": uri("elsewhere"), "html": "<p>De loin.</p>"})
    page = f"{path_of(proposals['sans'])}/arguments/{anchor_of(uri('elsewhere'))}"

    answer = await site.browser().get(page)

    assert answer.status == 200
    assert "De loin." in answer.words
    assert f'href="{uri("elsewhere")}"' in answer.text
    assert page in (await site.browser().get(proposals["sans"])).text


async def test_an_edit_is_shown_with_what_was_said_before(site: Site, posted: Posted) -> None:
    page = await posted.author.get(f"{posted.page}/edit")
    assert "L&#39;eau **monte**." in page.text

    changed = await posted.author.submit(
        f"{posted.page}/edit",
        f"{posted.page}/edit",
        text="L'eau <b>descend</b>.",
        stance="against",
        sources="",
        language="fr",
    )
    assert "Your argument has been updated." in changed.words

    debate = await site.browser().get(posted.debate)
    assert "&lt;b&gt;descend" in debate.text
    assert f'href="{posted.page}/history"' in debate.text
    history = await site.browser().get(f"{posted.page}/history")
    assert re.search(r"<del>\s*monte\.</del>", history.text)
    assert re.search(r"<ins>\s*&lt;b&gt;descend&lt;/b&gt;\.</ins>", history.text)
    assert "Against (edited)" in history.words
    assert history.words.index("Version 2") < history.words.index("Version 1")


@pytest.mark.rule("3.6")
@pytest.mark.parametrize("verb", ["edit", "delete"])
async def test_only_the_author_changes_or_deletes(site: Site, posted: Posted, verb: str) -> None:
    luc = await site.signed_in("luc")
    page = f"{posted.page}/{verb}"
    assert (await luc.get(page)).status == 404
    assert (await luc.submit(posted.debate, page, text="Autre", stance="for")).status == 403
    assert "monte" in (await site.browser().get(posted.debate)).words


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"text": ""}, "Please fill in this field."),
        ({"text": "\u200b\u202e"}, "Please fill in this field."),
        ({"text": "x" * 50_000}, "20,000 characters at most; yours has 50,000."),
        ({"stance": "maybe"}, "This is not one of the choices."),
        ({"sources": "http://plain.example"}, "Ten sources at most"),
        (
            {"sources": "\n".join(f"https://a.example/{n}" for n in range(11))},
            "Ten sources at most",
        ),
    ],
)
async def test_a_refused_edit_says_why_and_keeps_what_was_typed(
    site: Site, posted: Posted, fields: dict[str, Any], reason: str
) -> None:
    typed: dict[str, Any] = {"text": "Mes mots", "stance": "for", "sources": "", **fields}
    page = f"{posted.page}/edit"
    answer = await posted.author.submit(page, page, **typed)
    assert answer.status == 422
    assert reason in answer.words
    assert typed["text"].replace("\u202e", "")[:100] in answer.text
    for source in typed["sources"].split():
        assert source in answer.text
    assert "monte" in (await site.browser().get(posted.debate)).words


async def test_nothing_is_changed_once_the_phase_is_over(site: Site, posted: Posted) -> None:
    site.clock.advance(days=400)
    ana = site.browser()
    async with site.database.write() as connection:
        user, now = site.house.instance.citizen("ana"), site.clock.now()
        link = await issue_link(connection, user, at=now, base_url=site.base_url)
    await ana.get(link)
    answer = await ana.submit(f"{posted.page}/edit", f"{posted.page}/edit", text="Trop tard")
    assert answer.status == 422
    assert "does not allow this at the moment" in answer.words
    assert "Trop tard" in answer.text


async def test_a_deleted_argument_is_gone_after_a_second_question(
    site: Site, posted: Posted
) -> None:
    asked = await posted.author.get(f"{posted.page}/delete")
    assert "This cannot be undone." in asked.words
    assert "monte" in (await site.browser().get(posted.debate)).words

    answer = await posted.author.submit(f"{posted.page}/delete", f"{posted.page}/delete")

    assert "Your argument has been deleted" in answer.words
    assert "monte" not in answer.words
    assert (await site.browser().get(posted.page)).status == 410
    assert (await site.browser().get(posted.page, accept=JSON)).status == 410
    assert (await site.browser().get(f"{posted.page}/history")).status == 404
    again = await posted.author.submit(posted.debate, f"{posted.page}/delete")
    assert again.status == 404


async def test_the_same_form_sent_twice_is_one_argument(site: Site, posted: Posted) -> None:
    again = await post(posted.author, site.base_url + posted.debate, "L'eau **monte**.")
    assert again.page == posted.page
    assert "1 argument " in (await site.browser().get(posted.debate)).words


async def test_a_report_is_kept_once(site: Site, posted: Posted) -> None:
    luc = await site.signed_in("luc")
    page = f"{posted.page}/report"
    asked = await luc.get(page)
    assert "The author is not told who made it." in asked.words
    assert 'name="pass_on"' not in asked.text

    empty = await luc.submit(page, page, text="  ")
    assert (empty.status, "Please fill in this field." in empty.words) == (422, True)
    for _ in range(2):
        thanked = await luc.submit(page, page, text="Une insulte.")
        assert "The moderators will review it." in thanked.words
    assert await count(site, Reports.id) == 1
    assert "The author is not told who made it." in (await site.browser().get(page)).words


async def test_a_report_on_somebody_elsewhere_may_be_passed_on(
    site: Site, proposals: dict[str, str]
) -> None:
    await argue(site, proposals["sans"], {"id": uri("rude")})
    page = f"{path_of(proposals['sans'])}/arguments/{anchor_of(uri('rude'))}/report"
    luc = await site.signed_in("luc")
    assert "Also send it to a.example" in (await luc.get(page)).words
    answer = await luc.submit(page, page, text="Une insulte.", pass_on="1")
    assert "The moderators will review it." in answer.words


@pytest.mark.rule("3.21")
async def test_a_hidden_argument_shows_the_reason_and_nothing_else(
    site: Site, posted: Posted
) -> None:
    luc = await site.signed_in("luc")
    await post(luc, site.base_url + posted.debate, "Non.", in_reply_to=site.base_url + posted.page)
    await posted.author.submit(
        f"{posted.page}/edit", f"{posted.page}/edit", text="Un gros mot.", stance="for"
    )
    async with site.database.write() as connection:
        await connection.execute(
            update(ArgumentPosts)
            .where(ArgumentPosts.id == site.base_url + posted.page)
            .values(state="hidden", hidden_at=START, hidden_reason="Insulte <b>")
        )
    site.forget()
    for path in (posted.debate, posted.page, f"{posted.page}/history", f"{posted.page}/report"):
        page = await luc.get(path)
        assert page.status == 200
        assert "monte" not in page.text
        assert "gros mot" not in page.text
        assert "@ana" not in page.text
    shown = await luc.get(posted.debate)
    assert "Hidden by a moderator: Insulte &lt;b&gt;" in re.sub("</?bdi>", "", shown.text)
    assert "Non." in shown.words


async def test_sources_and_group_are_shown_where_the_argument_is(
    site: Site, proposals: dict[str, str]
) -> None:
    ana = await site.signed_in("ana")
    source = "https://data.example/?a=1&b=<"
    refused = await ana.submit(
        path_of(proposals["sans"]),
        f"{path_of(proposals['sans'])}/arguments",
        text="Mes mots",
        stance="for",
        sources=source,
        group_name="Atelier",
        group_size="douze",
    )
    assert refused.status == 422
    assert "<details open>" in refused.text
    assert "number of people in it" in refused.words
    assert "Mes mots" in refused.text

    posted = await post(
        ana,
        proposals["sans"],
        "Mes mots",
        sources="https://data.example/?a=1&b=2\n\n https://data.example/2 ",
        group_name="Atelier \u05d0",
        group_size="12",
    )
    page = await site.browser().get(posted.debate)
    assert 'href="https://data.example/?a=1&amp;b=2" rel="nofollow' in page.text
    assert "On behalf of Atelier \u05d0 , 12 people" in page.words


async def test_an_argument_may_be_about_one_clause(site: Site, proposals: dict[str, str]) -> None:
    async with site.database.read() as connection:
        statement = select(ProposalPosts.html, ProposalPosts.clauses)
        row = (
            await connection.execute(statement.where(ProposalPosts.id == proposals["sans"]))
        ).one()
    (clause,) = clauses_of(row.html, row.clauses)
    ana = await site.signed_in("ana")
    path = path_of(proposals["sans"])
    form = await ana.get(f"{path}?clause={clause.anchor}")
    assert f'name="clause" value="{clause.anchor}"' in form.text

    await post(ana, proposals["sans"], "Sur ce point", clause=clause.anchor)
    await post(ana, proposals["sans"], "En général")

    about = await site.browser().get(f"{path}?clause={clause.anchor}")
    assert ("Sur ce point" in about.words, "En général" in about.words) == (True, False)
    everything = await site.browser().get(path)
    assert "En général" in everything.words
    wrong = await ana.submit(path, f"{path}/arguments", text="x", stance="for", clause="c-none")
    assert (wrong.status, "no longer exists" in wrong.words) == (422, True)


async def test_readers_choose_the_order_and_find_a_place(
    site: Site, proposals: dict[str, str]
) -> None:
    rows = [
        {
            "id": uri(f"n{number:05}"),
            "html": f"<p>Argument numéro {number:05}. {'Encore des mots. ' * 20}</p>",
            "published_at": START + timedelta(minutes=number),
        }
        for number in range(60)
    ]
    await argue(site, proposals["sans"], *rows)
    async with site.database.write() as connection:
        weights = [
            {"object": uri("n00030"), "actor": f"https://a.example/u/{n}", "weight": 1}
            for n in range(3)
        ]
        await connection.execute(insert(Weights), weights)
    site.forget()
    browser = site.browser()

    def first(text: str) -> str:
        return str(re.findall(r"numéro (\d{5})", text)[0])

    path = path_of(proposals["sans"])
    assert first((await browser.get(f"{path}?sort=best")).text) == "00030"
    assert first((await browser.get(f"{path}?sort=newest")).text) == "00059"
    shuffled = await browser.get(f"{path}?sort=random")
    assert shuffled.text == (await browser.get(f"{path}?sort=random")).text
    assert "sort=random&page=2" in shuffled.text.replace("&amp;", "&")

    last = await browser.get(f"{path}?sort=newest&at={anchor_of(uri('n00000'))}")
    assert f'id="{anchor_of(uri("n00000"))}"' in last.text
    assert "Next page" not in last.words
    nonsense = await browser.get(f"{path}?sort=worst&clause=x&at=y&page=-1&reply=z")
    assert nonsense.status == 200


async def test_a_long_argument_is_shown_whole_on_its_own_page(
    site: Site, proposals: dict[str, str]
) -> None:
    words = "<script>x</script>" + "Des mots & encore. " * 300 + "La fin."
    await argue(site, proposals["sans"], {"id": uri("long"), "html": f"<p>{words}</p>"})
    debate = await site.browser().get(proposals["sans"])
    assert "La fin." not in debate.words
    assert "Read more" in debate.words
    place = f"{path_of(proposals['sans'])}/arguments/{anchor_of(uri('long'))}"
    assert "La fin." in (await site.browser().get(place)).words


async def test_a_deep_thread_is_read_page_by_page(site: Site, proposals: dict[str, str]) -> None:
    rows = [
        {
            "id": uri(f"d{number:05}"),
            "in_reply_to": uri(f"d{number - 1:05}") if number else proposals["sans"],
            "html": f"<p>Réponse {number:05}</p>",
            "published_at": START + timedelta(seconds=number),
        }
        for number in range(200)
    ]
    await argue(site, proposals["sans"], *rows)
    place = f"{path_of(proposals['sans'])}/arguments/{anchor_of(uri('d00000'))}"
    browser = site.browser()
    found: list[str] = []
    for number in range(1, 10):
        page = await browser.get(f"{place}?page={number}")
        assert len(page.text.encode()) < 60_000
        found += re.findall(r"Réponse (\d{5})", page.words)
    assert found == [f"{number:05}" for number in range(200)]


async def test_a_stance_that_nobody_knows_fails_no_page(
    site: Site, proposals: dict[str, str]
) -> None:
    ana, page = await site.signed_in("ana"), path_of(proposals["quais"])
    await ana.submit(page, f"{page}/arguments", text="Du calme.", stance="for")
    async with site.database.write() as connection:
        await connection.execute(update(ArgumentPosts).values(stance="sideways"))
        argument = (await connection.execute(select(Arguments.id))).scalar_one()
    await site.tick()

    for place in (page, path_of(argument), "/search?q=calme", "/account/writings"):
        answer = await ana.get(place)
        assert (place, answer.status) == (place, 200)
        assert "calme" in answer.words
