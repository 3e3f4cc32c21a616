"""Pages from templates, in the visitor's language."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache, partial
from types import CodeType
from typing import Any

from aiohttp import web
from jinja2 import (
    BytecodeCache,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    select_autoescape,
)
from jinja2.bccache import Bucket
from markupsafe import Markup

from dosfed import texts
from dosfed.accounts.zones import OF_SERVER
from dosfed.instance import Instance, host_of
from dosfed.settings import Settings
from dosfed.shown.arguments import ShownArgument
from dosfed.shown.viewers import Viewer
from dosfed.web import languages, paths
from dosfed.web.assets import Assets, folder
from dosfed.web.refusals import Measured, reason_of

# What XML cannot hold even as a reference (XML 1.0, 2.2).
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
# A kilobyte or two each, in every language that is read.
KEPT_ARGUMENTS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What becomes an answer: a template with what it may use."""

    template: str
    values: Mapping[str, Any]
    status: int = 200
    object: str | None = None  # the id of what it shows
    within: str | None = None  # the consultation in which it is, and its reader has a role
    content_type: str = "text/html"


class Compiled(BytecodeCache):
    """What templates were compiled to: it is the same in every language."""

    def __init__(self) -> None:
        self._codes: dict[str, CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template its code, where it was compiled before from the same source."""
        bucket.code = self._codes.get(bucket.key + bucket.checksum)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's code for the other languages."""
        if bucket.code is not None:
            self._codes[bucket.key + bucket.checksum] = bucket.code


COMPILED = Compiled()


class Templates:
    """The templates, once per language and time zone."""

    def __init__(self, settings: Settings, instance: Instance, assets: Assets) -> None:
        self._here = instance.host
        self._known = {
            "asset": assets.path,
            "base_url": settings.base_url,
            "host": instance.host,
            "here": instance.host,
            "sends_mail": settings.sends_mail,
            "byline": partial(_byline, here=instance.host),
            "in_full": _in_full,
            "called": partial(_called, here=instance.host),
            "argument_path": partial(paths.argument, base_url=settings.base_url),
        }
        self._zone = OF_SERVER
        self._environments: dict[str, Environment] = {}  # of languages that somebody read

    def render(self, page: Page, language: str, zone: tzinfo | None, **around: Any) -> str:
        """Return a page's text; `around` is what every page may use beside its own values."""
        template = self._environment(language, zone).get_template(page.template)
        text = template.render(**page.values, **around, object_id=page.object)
        return text if page.content_type == "text/html" else NOT_IN_XML.sub("", text)

    def translate(self, message: str, language: str) -> str:
        """Return a message of ours in a language."""
        return languages.load_translations(language).gettext(message)

    def _environment(self, language: str, zone: tzinfo | None) -> Environment:
        """Return what writes in a language; an instance moves to another zone once, if ever."""
        if zone is not self._zone:
            self._zone, self._environments = zone, {}
        if language not in self._environments:
            environment = make_environment(language, zone)
            environment.globals |= {
                **self._known,
                "argument_article": _kept_arguments(environment),
                "relation": partial(_relation, here=self._here),
            }
            self._environments[language] = environment
        return self._environments[language]


TEMPLATES = web.AppKey("templates", Templates)


OVER = {"author": "author-over", **dict.fromkeys(("strong", "weak", "neither"), "reader")}


def _kept_arguments(environment: Environment) -> Callable[..., Markup]:
    """Return what writes an argument in a debate, once for all who see the same of it."""

    @lru_cache(maxsize=KEPT_ARGUMENTS)
    def write(item: ShownArgument, debate: str, answer: str, relation: str, passage: str) -> Markup:
        template = environment.get_template("arguments/argument.html")
        text = template.render(
            item=item, debate=debate, answer=answer, relation=relation, passage=passage
        )
        return Markup(text)  # noqa: S704 - a template's own text

    def argument(
        item: ShownArgument, debate: str, answer: str, relation: str, passage: str
    ) -> Markup:
        if not answer:  # no arguments are taken: there is nothing to weigh or to change
            relation = OVER.get(relation, relation)
        return write(item, debate, answer, relation, passage)

    return argument


def _relation(
    item: ShownArgument, viewer: Viewer | None, weights: Mapping[str, int], *, here: str
) -> str:
    """Return what somebody is to an argument: what they may do with it depends on nothing else."""
    if viewer is None:
        return "stranger"
    if viewer.id == item.author:
        return "author" if viewer.host == here else "author-elsewhere"
    return {1: "strong", -1: "weak"}.get(weights.get(item.id, 0), "neither")


def _byline(name: str | None, handle: str | None, *, here: str) -> Markup:
    """Return who somebody is: a name with the handle beside it; neither turns the other round."""
    known, said = paths.short_name(handle or "", here), texts.name_of_person(name or "")
    if not said:
        return Markup("<bdi>{}</bdi>").format(known)
    return Markup('<bdi>{}</bdi> <span class="handle"><bdi>{}</bdi></span>').format(said, known)


def _in_full(name: str | None, handle: str | None) -> str:
    """Return who somebody is where no page around it says of which server: in a feed."""
    said = texts.name_of_person(name or "")
    return f"{said} ({handle})" if said else handle or ""


def _called(name: str | None, handle: str | None, *, here: str) -> str:
    """Return what somebody is called in a sentence whose place says who is meant."""
    return texts.name_of_person(name or "") or paths.short_name(handle or "", here)


def make_environment(language: str, zone: tzinfo | None) -> Environment:
    """Return what reads templates in a language, without what an instance adds."""
    translations = languages.load_translations(language)
    environment = Environment(
        loader=FileSystemLoader(folder("templates")),
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=COMPILED,
    )

    def say(message: str) -> str:
        """Return a message in the language, with the numbers that it brings along."""
        text = translations.gettext(message)
        if not isinstance(message, Measured):
            return text
        write = partial(languages.write_number, language=language)
        return text % {name: write(number) for name, number in message.numbers.items()}

    environment.install_gettext_callables(say, translations.ngettext, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    environment.policies["ext.i18n.trimmed"] = True
    environment.globals |= {"language": language, "languages": languages.LANGUAGES}
    environment.filters |= {
        "date": partial(languages.write_date, language=language, zone=zone),
        "time": partial(languages.write_time, language=language, zone=zone),
        "number": partial(languages.write_number, language=language),
        "percent": partial(languages.write_percent, language=language),
        "moment": languages.write_moment,
        "said_plainly": lambda text: Markup(texts.render_plain(text)),  # noqa: S704 - it escapes
        "safe_html": lambda html: Markup(texts.sanitise(html)),  # noqa: S704 - it is sanitised
        "markdown": lambda text: Markup(texts.render_markdown(text)),  # noqa: S704 - likewise
        "plain": texts.plain_text,
        "openly": texts.said_openly,
        "excerpt": texts.excerpt,
        "lead": texts.lead,
        "reason": lambda refusal: translations.gettext(reason_of(refusal)),
        "host_of": host_of,
        "proposal_path": paths.proposal,
        "path": paths.path_of,
        "place": paths.place,
        "short": paths.short_name,
    }
    return environment
