"""Every string is there in every language, and every refusal has words."""

import re
import string
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dosfed.deliberation.model import Refusal
from dosfed.web import languages
from dosfed.web.refusals import REASONS, reason_of
from tools import translations

CATALOGUES = sorted(translations.CATALOGUES.glob("*.po"))
MARK = re.compile(r"</?[a-z]+>|%\(\w+\)s")
MOMENT = datetime(2026, 5, 1, 12, 5, tzinfo=UTC)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_no_string_is_missing_stale_or_doubtful(path: Path) -> None:
    assert translations.check(path) == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_collecting_the_strings_again_changes_nothing(path: Path) -> None:
    assert translations.renewed(path) == path.read_bytes()


@pytest.mark.parametrize(
    ("language", "text", "word"),
    [
        ("en", "Your Ballot: %(name)s", "Ballot"),
        ("en", "In the fediverse", "fediverse"),
        ("fr", "Cette instance tient le vote", "instance"),
        ("fr", "%(name)s, vous êtes <b>connecté</b>.", "connecté"),
        ("es", "El rol se cambió.", "se cambió"),
    ],
)
def test_a_word_that_the_glossary_bans_is_found(language: str, text: str, word: str) -> None:
    (fault,) = translations.banned(language, iter(["Vote", text]))
    assert fault == f"{word!r} is a word that glossary.md bans: {text!r}"


@pytest.mark.parametrize("text", ["%(instance)s", '<a href="/instance">', "instancier"])
def test_a_place_a_mark_and_part_of_a_word_are_no_banned_words(text: str) -> None:
    assert translations.banned("fr", iter([text])) == []


def test_no_page_email_or_text_says_a_banned_word() -> None:
    english = (source for source, _ in translations.spoken(translations.collect()))
    assert translations.banned("en", english) == []
    assert translations.banned_in_texts() == []


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_the_glossary_bans_words_of_every_language(language: str) -> None:
    assert translations.never(language)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_translation_has_the_same_places_and_marks(path: Path) -> None:
    for message in translations.read(path):
        if message.id:
            sources, targets = texts(message.id), texts(message.string)
            for target in targets:
                assert sorted(MARK.findall(target)) == sorted(MARK.findall(sources[-1]))


def texts(forms: object) -> list[str]:
    """Return the forms of a string, one for each number."""
    return [str(form) for form in forms] if isinstance(forms, list | tuple) else [str(forms)]


def test_each_language_but_the_source_has_a_catalogue() -> None:
    assert {path.stem for path in CATALOGUES} == set(languages.LANGUAGES) - {languages.SOURCE}


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_every_refusal_has_words_in_every_language(language: str) -> None:
    translated = languages.load_translations(language)

    for refusal in Refusal:
        words = translated.gettext(REASONS[refusal])
        assert words[-1] in string.punctuation
        assert language == languages.SOURCE or words != REASONS[refusal]


def test_another_server_s_own_words_are_not_repeated() -> None:
    assert reason_of("not-open") == REASONS[Refusal.NOT_OPEN]
    assert reason_of("<b>odd</b>") == reason_of(None) == "It was refused."


def test_moments_are_written_with_their_zone() -> None:
    paris = timezone(timedelta(hours=2))
    india = timezone(timedelta(hours=5, minutes=30))
    west = timezone(timedelta(hours=-3))

    assert languages.write_date(MOMENT, "fr", paris) == "1er mai 2026"
    assert languages.write_time(MOMENT, "fr", paris) == "14:05 (UTC+2)"
    assert languages.write_time(MOMENT, "es", west) == "9:05 (UTC\N{MINUS SIGN}3)"
    assert languages.write_time(MOMENT, "en", india) == "17:35 (UTC+5:30)"
    assert languages.write_time(MOMENT, "en", UTC) == "12:05 (UTC)"
    # What lasts until a time of the same zone does not say it twice.
    later = MOMENT + timedelta(hours=2)
    assert languages.write_time(MOMENT, "fr", paris, until=later) == "14:05"
    winter = MOMENT + timedelta(days=200)
    named = ZoneInfo("Europe/Paris")
    assert languages.write_time(MOMENT, "fr", named, until=winter) == "14:05 (UTC+2)"
    assert languages.write_moment(MOMENT.astimezone(paris)) == "2026-05-01T12:05:00Z"
