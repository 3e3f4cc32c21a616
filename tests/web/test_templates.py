"""Templates have what others take from them, and are the same code in every language."""

from collections.abc import Iterator
from datetime import UTC

from jinja2 import Environment, nodes

from dosfed.deliberation.votes.methods.known import METHODS
from dosfed.web import languages
from dosfed.web.rendering import make_environment

TEMPLATES = make_environment(languages.SOURCE, UTC)


def parsed(environment: Environment) -> dict[str, nodes.Template]:
    """Return all templates, by name."""
    assert environment.loader is not None
    names = environment.list_templates()
    sources = {name: environment.loader.get_source(environment, name)[0] for name in names}
    return {name: environment.parse(text, name) for name, text in sources.items()}


def offered(template: nodes.Template) -> set[str]:
    """Return what others may import from a template."""
    macros = {macro.name for macro in template.find_all(nodes.Macro)}
    return macros | {name.name for name in template.find_all(nodes.Name) if name.ctx == "store"}


def asked(template: nodes.Template) -> Iterator[tuple[str, str]]:
    """Yield what a template imports: another's name, and what it wants of it."""
    rooms = {}
    for found in template.find_all(nodes.FromImport):
        assert isinstance(found.template, nodes.Const)
        for name in found.names:
            yield found.template.value, name if isinstance(name, str) else name[0]
    for module in template.find_all(nodes.Import):
        rooms[module.target] = [*places(module.template)]
    for used in template.find_all(nodes.Getattr):
        if isinstance(used.node, nodes.Name):
            for room in rooms.get(used.node.name, ()):
                yield room, used.attr


def places(name: nodes.Expr) -> Iterator[str]:
    """Yield the templates that a name may mean; one that is put together names a method's."""
    if isinstance(name, nodes.Const):
        yield name.value
        return
    assert isinstance(name, nodes.Concat)
    before, _, after = name.nodes
    assert isinstance(before, nodes.Const)
    assert isinstance(after, nodes.Const)
    for word in METHODS:
        yield f"{before.value}{word}{after.value}"


def test_what_templates_import_is_there() -> None:
    templates = parsed(TEMPLATES)
    names = {name: offered(template) for name, template in templates.items()}
    wanted = {(name, *one) for name, template in templates.items() for one in asked(template)}

    assert ("fediverse/not_posted.html", "errors/typed.html", "show") in wanted
    assert [one for one in sorted(wanted) if one[2] not in names.get(one[1], set())] == []


def test_a_template_is_compiled_to_the_same_in_every_language() -> None:
    others = [make_environment(language, UTC) for language in languages.LANGUAGES]
    templates = parsed(TEMPLATES)

    assert "home.html" in templates
    for name in templates:
        assert TEMPLATES.loader is not None
        text, _, _ = TEMPLATES.loader.get_source(TEMPLATES, name)
        compiled = {other.compile(text, name, raw=True) for other in others}
        assert len(compiled) == 1, name
