"""Words and templates of the working pages: both languages, nothing inline, nothing from elsewhere."""

import re
from pathlib import Path

import yaml

import operations.pages
from gateway.staff.texts import LANGUAGES
from operations.pages.render import texts

TEMPLATES = Path(operations.pages.__file__).parent / "templates"
FILES = ("desk", "piles", "tasks", "outbox", "review", "links")
OWN = ("_desk", "desk", "pile", "task", "outbox", "stage", "review", "link", "_reply", "reply")


def own_templates() -> list[Path]:
    """The templates of these pages."""
    found = [one for one in TEMPLATES.glob("*.html") if one.name.startswith(OWN)]
    assert len(found) > 15
    return found


def test_every_text_exists_in_both_languages_with_the_same_places() -> None:
    own = [yaml.safe_load((TEMPLATES.parent / "texts" / f"{name}.yaml").read_text(encoding="utf-8")) for name in FILES]
    for key, languages in (item for words in own for item in words.items()):
        assert set(languages) == set(LANGUAGES), key
        assert all(languages.values()), key
        places = {tuple(sorted(set(re.findall(r"{\w+}", words)))) for words in languages.values()}
        assert len(places) == 1, key


def test_every_text_a_template_asks_for_exists() -> None:
    for template in own_templates():
        page = template.read_text(encoding="utf-8")
        for key in re.findall(r"\bt\([\"']([\w.-]+)[\"'][,)]", page):
            assert key in texts(), (template.name, key)


def test_templates_load_nothing_from_elsewhere_and_run_nothing_inline() -> None:
    for template in own_templates():
        page = template.read_text(encoding="utf-8")
        assert not re.search(r'(src|href)="(?!/|#|\?|\{\{)', page), template.name
        assert not re.search(r"<script(?! src=)|<style| style=| on\w+=|javascript:|\|\s*safe\b", page), template.name


def test_every_form_that_posts_carries_its_token_and_every_field_its_label() -> None:
    for template in own_templates():
        page = template.read_text(encoding="utf-8")
        for form in re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL):
            assert "csrf" in form, template.name
        for name in re.findall(r'<(?:select|textarea)[^>]* id="([^"]+)"', page):
            assert f'for="{name}"' in page, (template.name, name)
