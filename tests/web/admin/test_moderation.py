"""Reports and what is hidden: answered by moderators, counted for everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, insert, select

from dosfed.activitypub.remote import RemoteActor, remember
from dosfed.activitypub.tables import Destinations, Followers
from dosfed.acts.belongings import belongings
from dosfed.acts.perform import perform_one
from dosfed.acts.submission import Command, Submission
from dosfed.deliberation.debate.model import Remove
from dosfed.deliberation.debate.tables import Arguments
from dosfed.deliberation.model import ActorId, ArgumentId, Forget, Refusal, Refused, Role
from dosfed.deliberation.moderation.model import AnswerReport, Hide, Report
from dosfed.deliberation.moderation.reports import REPORTS_KEPT, purge_reports
from dosfed.deliberation.moderation.tables import Reports
from dosfed.deliberation.posts.tables import ModerationLog
from dosfed.storage.schema import Table
from tests.conftest import START
from tests.web.site import Answer, Browser, Site, path_of

WORDS = "Ils sont tous nuls."
REASON = "On discute sans insulter."


@dataclass(slots=True, kw_only=True)
class Case:
    """An argument that was reported, with those who have to do with it."""

    site: Site
    moderator: Browser
    author: Browser
    reader: Browser
    page: str
    argument: str
    report: int

    async def answer(
        self, answer: str = "upheld", *, page: str = "/admin/reports", **fields: Any
    ) -> Answer:
        """Answer the report as the form does."""
        typed = {"answer": answer, "note": REASON, "code": "insult", **fields}
        path = f"/admin/reports/{self.report}"
        return await self.moderator.submit(page, path, **typed)

    async def hide(self, **fields: Any) -> Answer:
        """Hide the argument, or show it again, as the form does."""
        typed = {"object": self.argument, "reason": REASON, "code": "spam", **fields}
        return await self.moderator.submit("/admin/blocks", "/admin/hide", **typed)

    async def perform(self, command: Command, **activity: str) -> None:
        """Bring a command before the door, as a form does, or an activity from elsewhere."""
        submission = Submission(command=command, at=START, activity=activity or None)
        async with self.site.database.write() as connection:
            await perform_one(connection, submission, self.site.house)

    async def logged(self) -> Sequence[Row[Any]]:
        """Return what the log holds, in its order."""
        async with self.site.database.read() as connection:
            rows = await connection.execute(
                select(*ModerationLog.__table__.c).order_by(ModerationLog.id)
            )
            return rows.all()

    async def tables_with(self, words: str) -> list[str]:
        """Return in which tables some words are kept."""
        async with self.site.database.read() as connection:
            return [
                name
                for name, table in Table.metadata.tables.items()
                if words in str((await connection.execute(select(table))).all())
            ]

    async def shown(self) -> str:
        """Return what a stranger reads of the debate."""
        self.site.forget()
        return (await self.site.browser().get(self.page)).words


@pytest.fixture
async def case(site: Site, proposals: dict[str, str]) -> Case:
    """An argument of Bo's that Zoe has reported."""
    page = path_of(proposals["quais"])
    author, reader = await site.signed_in("bo"), await site.signed_in("zoe")
    moderator = await site.signed_in("mod", Role.MODERATOR)
    await author.submit(page, f"{page}/arguments", stance="for", text=WORDS)
    async with site.database.read() as connection:
        argument = (await connection.execute(select(Arguments.id))).scalar_one()
    made = Case(
        site=site,
        moderator=moderator,
        author=author,
        reader=reader,
        page=page,
        argument=argument,
        report=0,
    )
    zoe = ActorId(site.house.instance.citizen("zoe"))
    await made.perform(Report(reporter=zoe, objects=(argument,), text="<b>Rude</b>"))
    async with site.database.read() as connection:
        made.report = (await connection.execute(select(Reports.id))).scalar_one()
    return made


@pytest.mark.rule("5.4")
async def test_a_report_is_upheld_and_hides_what_it_names(case: Case) -> None:
    read = await case.moderator.get("/admin/reports")
    assert WORDS in read.words
    assert "<b>Rude</b>" in read.words

    answered = await case.answer()

    assert "Report closed." in answered.words
    shown = await case.shown()
    assert WORDS not in shown
    assert REASON in shown
    done = (await case.moderator.get("/admin/reports?state=answered")).words
    assert "Upheld" in done
    assert REASON in done


async def test_those_concerned_are_told(case: Case) -> None:
    await case.answer()

    assert "The content you reported on" in (await case.reader.get("/notices")).words
    assert "has hidden your argument" in (await case.author.get("/notices")).words


@pytest.mark.rule("5.4")
async def test_a_report_is_dismissed_and_changes_nothing(case: Case) -> None:
    await case.answer("dismissed", note="")

    assert WORDS in await case.shown()
    assert "decided to leave it as it is" in (await case.reader.get("/notices")).words
    assert "Nothing yet." in (await case.author.get("/notices")).words


@pytest.mark.rule("5.4")
async def test_a_report_is_answered_once(case: Case) -> None:
    await case.answer("dismissed")

    again = await case.answer(page="/admin/blocks")  # from a page that was loaded before

    assert again.status == 422
    assert "This has already been decided." in again.words
    assert WORDS in await case.shown()


async def test_a_report_without_an_answer_still_waits(case: Case) -> None:
    silent = await case.answer("")

    assert silent.status == 400
    assert "Waiting (1)" in (await case.moderator.get("/admin/reports")).words


async def test_what_is_missing_is_said_and_what_was_typed_kept(case: Case) -> None:
    empty = await case.answer(note=" \n ")
    long = await case.answer(note="x" * 1_001)

    assert (empty.status, long.status) == (422, 422)
    assert f'id="report-{case.report}-error"' in empty.text
    assert "x" * 1_001 in long.text
    assert 'value="insult" selected' in long.text
    assert WORDS in await case.shown()


@pytest.mark.rule("5.5")
async def test_an_argument_is_hidden_and_shown_again(case: Case) -> None:
    looked = await case.moderator.get(f"/admin/hide?object={case.argument}")
    assert WORDS in looked.words

    hidden = await case.hide()
    assert "Hidden. Your reason" in hidden.words
    assert WORDS in hidden.words  # moderators still read it here
    assert WORDS not in await case.shown()

    shown = await case.hide(show="1", reason="")
    assert "It is visible again." in shown.words
    assert WORDS in await case.shown()


@pytest.mark.rule("5.5")
async def test_hiding_needs_a_reason_and_an_argument(case: Case) -> None:
    assert (await case.hide(reason="")).status == 422
    assert (await case.hide(object="https://x.example/a/no")).status == 404
    assert (await case.moderator.get("/admin/hide?object=x")).status == 404
    assert (await case.moderator.get("/admin/hide")).status == 404
    assert WORDS in await case.shown()


async def test_reasons_are_text(case: Case) -> None:
    await case.hide(reason="<script>x</script>\u202e \u0000fin")
    case.site.forget()
    page = await case.site.browser().get(case.page)

    assert "<script>x" not in page.text
    assert "<script>x</script>" in page.words


async def test_others_read_of_what_is_hidden_only_why(case: Case) -> None:
    await case.hide()
    browser = case.site.browser()

    document = await browser.get(case.argument, accept="application/activity+json")
    replies = await browser.get(f"{case.page}/replies?page=1", accept="application/activity+json")

    assert WORDS not in document.text
    assert REASON in document.text
    assert case.argument not in replies.text


@pytest.mark.rule("5.8")
async def test_the_record_counts_without_words_or_names(case: Case) -> None:
    await case.answer(code="hate")
    case.site.forget()

    record = await case.site.browser().get("/moderation")

    assert "Hate against a group 1 0" in record.words
    assert "Reports upheld 1" in record.words
    assert "Reports waiting 0" in record.words
    for private in (WORDS, REASON, "Rude", "@bo", "@zoe", "@mod"):
        assert private not in record.text


@pytest.mark.rule("5.8")
@pytest.mark.parametrize("goes", ["deletes", "leaves"])
async def test_the_record_goes_on_counting_what_its_author_takes_away(
    case: Case, goes: str
) -> None:
    bo = ActorId(case.site.house.instance.citizen("bo"))
    await case.hide(reason=f"« {WORDS} » n'est pas un argument.")

    await case.perform(
        Remove(id=case.argument, actor=bo) if goes == "deletes" else Forget(actor=bo)
    )

    case.site.forget()
    assert "Advertising or spam 1 0" in (await case.site.browser().get("/moderation")).words
    assert [(row.became, row.reason) for row in await case.logged()] == [("hidden", None)]
    assert await case.tables_with(WORDS) == []


async def test_hiding_anew_keeps_both_reasons_and_is_counted_once(case: Case) -> None:
    await case.hide()
    await case.hide(reason="Même en anglais.", code="hate")

    case.site.forget()
    record = (await case.site.browser().get("/moderation")).words
    assert "Hate against a group 1 0" in record
    assert "Advertising or spam" not in record
    assert [(row.was, row.code, row.reason) for row in await case.logged()] == [
        ("published", "spam", REASON),
        ("hidden", "hate", "Même en anglais."),
    ]


async def test_what_is_shown_again_is_counted_no_more_and_stays_in_the_log(case: Case) -> None:
    await case.hide()
    await case.hide(show="1", reason="")

    case.site.forget()
    assert "Advertising or spam" not in (await case.site.browser().get("/moderation")).words
    assert [row.became for row in await case.logged()] == ["hidden", "published"]


@pytest.mark.rule("5.9")
async def test_the_log_names_no_moderator_who_left(case: Case) -> None:
    mod = ActorId(case.site.house.instance.citizen("mod"))
    await case.hide()
    async with case.site.database.read() as connection:
        taken_along = await belongings(connection, mod, at=START)
    assert [row["post"] for row in taken_along["moderation"]] == [case.argument]

    await case.perform(Forget(actor=mod))

    assert [(row.by, row.code) for row in await case.logged()] == [(None, "spam")]


@pytest.mark.rule("5.1")
async def test_the_door_looks_at_the_role_itself(case: Case) -> None:
    zoe = ActorId(case.site.house.instance.citizen("zoe"))
    commands: tuple[Command, ...] = (
        AnswerReport(report=case.report, by=zoe, is_upheld=True, note=REASON),
        Hide(id=ArgumentId(case.argument), by=zoe, is_hidden=True, reason=REASON),
    )

    for command in commands:
        with pytest.raises(Refused) as refused:
            await case.perform(command)
        assert refused.value.refusal is Refusal.NOT_ALLOWED
    assert WORDS in await case.shown()


async def test_reporters_and_moderators_are_called_as_elsewhere_on_pages(case: Case) -> None:
    ana = "https://masto.example/users/ana"
    actor = RemoteActor(
        id=ana,
        host="masto.example",
        type="Person",
        handle="ana",
        name="Ana <b>María</b>",
        url=f"{ana}/profile",
        inbox=f"{ana}/inbox",
        shared_inbox=None,
    )
    async with case.site.database.write() as connection:
        await remember(connection, actor, START)
    await case.perform(
        Report(reporter=ActorId(ana), objects=(case.argument, ana), text="Pas poli."), type="Flag"
    )

    page = await case.moderator.get("/admin/reports")
    zoe = case.site.house.instance.citizen("zoe")
    assert f'<a class="author" href="{zoe}" rel="nofollow"><bdi>@zoe</bdi></a>' in page.text
    assert f'<a class="author" href="{ana}" rel="nofollow"><bdi>Ana' in page.text
    assert "Ana <b>María</b> @ana@masto.example" in page.words
    assert "<b>María" not in page.text
    assert ana not in page.words
    await case.answer()
    done = await case.moderator.get("/admin/reports?state=answered")
    assert "@mod" in done.words.partition("Upheld")[2]
    assert zoe not in done.words


async def test_a_report_on_a_person_or_on_nothing_known_is_read_as_well(case: Case) -> None:
    report = Report(
        reporter=ActorId("https://masto.example/actor"),
        objects=("https://masto.example/users/x", "javascript:alert(1)"),
        text="",
    )
    await case.perform(report, type="Flag")

    page = await case.moderator.get("/admin/reports")

    assert "https://masto.example/users/x" in page.words
    assert 'href="javascript' not in page.text
    assert "(no text)" in page.words


@pytest.mark.rule("5.9")
@pytest.mark.parametrize("is_answered", [False, True])
async def test_reports_name_nobody_who_left(case: Case, *, is_answered: bool) -> None:
    bo, mod, zoe = (case.site.house.instance.citizen(name) for name in ("bo", "mod", "zoe"))
    about_bo = Report(reporter=ActorId(zoe), objects=(bo, f"{bo}x", case.argument), text="Rude")
    await case.perform(about_bo)
    if is_answered:
        await case.answer("dismissed")
        second = AnswerReport(report=case.report + 1, by=ActorId(mod), is_upheld=True, note="Yes")
        await case.perform(second)

    for who in (bo, mod, zoe):
        await case.perform(Forget(actor=ActorId(who)))

    async with case.site.database.read() as connection:
        kept = (await connection.execute(select(*Reports.__table__.c).order_by(Reports.id))).all()
    assert [row.objects for row in kept] == [[case.argument], [f"{bo}x", case.argument]]
    page = await case.moderator.get("/admin/reports" + ("?state=answered" if is_answered else ""))
    shown = page.words.partition("Waiting")[2]
    assert "Deleted" in shown
    for who in (mod, zoe, "@bo", "@zoe", "@mod"):
        assert who not in shown
        assert who not in str(kept)


@pytest.mark.rule("5.9")
async def test_words_of_answered_reports_go_after_half_a_year(case: Case) -> None:
    await case.answer("dismissed")
    await case.perform(Report(reporter=ActorId(case.argument), objects=("x",), text="Waits"))

    for late in (timedelta(seconds=-1), timedelta(seconds=1)):
        async with case.site.database.write() as connection:
            await purge_reports(connection, START + late)
        answered = await case.moderator.get("/admin/reports?state=answered")
        assert ("Rude" in answered.words) is (late < timedelta(0))
        assert "Waits" in (await case.moderator.get("/admin/reports")).words

    record = await case.site.browser().get("/moderation")
    assert "Reports dismissed 1" in record.words
    assert timedelta(days=180) < REPORTS_KEPT < timedelta(days=190)


async def test_reports_of_the_same_stand_together_and_are_answered_at_once(case: Case) -> None:
    for number in (*range(8), 7):
        reporter = ActorId(f"https://s{number}.example/users/x")
        report = Report(reporter=reporter, objects=(case.argument,), text=f"Numéro {number}.")
        await case.perform(report, id=f"{reporter}/flag")

    read = await case.moderator.get("/admin/reports")

    assert "Waiting (1)" in read.words
    assert "<b>Rude</b>" in read.words
    assert [number for number in range(8) if f"Numéro {number}." in read.words] == [0, 1, 2, 3, 4]
    assert "3 more reports of the same thing." in read.words
    await case.answer()
    assert "No reports." in (await case.moderator.get("/admin/reports")).words
    assert WORDS not in await case.shown()
    assert "The content you reported on" in (await case.reader.get("/notices")).words


async def test_the_page_says_which_servers_may_go_on_showing_it(case: Case) -> None:
    group = f"{case.site.base_url}/c/quais"
    hosts = {"old.example": "misskey", "away.example": "mastodon", "fine.example": "mastodon"}
    async with case.site.database.write() as connection:
        for host, software in hosts.items():
            await connection.execute(
                insert(Followers).values(
                    actor=group,
                    follower=f"https://{host}/users/a",
                    follow_id=f"https://{host}/1",
                    host=host,
                    inbox=f"https://{host}/users/a/inbox",
                    shared_inbox=f"https://{host}/inbox",
                    since=START,
                )
            )
            await connection.execute(
                insert(Destinations).values(
                    host=host,
                    is_waiting=False,
                    next_at=START,
                    failures=3 if host == "away.example" else 0,
                    software=software,
                )
            )

    page = await case.moderator.get(f"/admin/hide?object={case.argument}")

    assert "old.example misskey : its software may not hide it" in page.words
    assert "away.example mastodon : not responding; it will be told once" in page.words
    assert "fine.example" not in page.words


async def test_what_was_hidden_is_called_so_once_its_author_deleted_it(case: Case) -> None:
    await case.hide()
    argument = path_of(case.argument)
    await case.author.submit(f"{argument}/delete", f"{argument}/delete")

    page = await case.moderator.get(f"/admin/hide?object={case.argument}")
    assert "A hidden argument" in page.words
    assert "Its author has deleted it." in page.words
