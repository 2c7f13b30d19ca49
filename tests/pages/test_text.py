import re
from xml.etree import ElementTree

import pytest

from prebake.declare.page import load_page
from prebake.errors import RenderError
from prebake.pages.text import Text, without_types


@pytest.fixture
def text(tmp_path):
    def render(body, **values):
        folder = tmp_path / "site" / "page"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.md").write_text("---\ntitle: T\nsummary: S\n---\n")
        for name in [n for n in values if "." in n]:
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(values.pop(name))
        page = load_page(tmp_path / "site", folder / "index.md")
        return str(Text(page, tmp_path).render(body, values, 5))

    return render


def test_second_level_headings_open_sections(text):
    html = text("Intro.\n\n## One {#first}\n\nA.\n\n### Deeper\n\n## Two\n\nB.")
    assert html.count("<section>") == 3
    assert '<h2 id="first">One</h2>' in html
    assert text("") == ""


def test_a_stage_is_put_in_as_it_is(text):
    stage = "<draw-pad id='p'></draw-pad>\n\n    *not markdown* {{ x }}\n<p>&amp;</p>"
    html = text("Before.\n\n{{ stage('s') }}\n\nAfter.", **{"s.html": stage, "x": "<b>"})
    inner = stage.replace("{{ x }}", "&lt;b&gt;")
    assert f'<div class="stage" id="stage-s">{inner}</div>' in html
    assert "<p>After.</p>" in html


def test_values_in_markdown_keep_their_quotes(text):
    assert "<p>a &amp; &quot;b&quot;</p>" in text("{{ x }}", x='a & "b"') or 'a &amp; "b"' in text(
        "{{ x }}", x='a & "b"'
    )


def test_code_is_highlighted_and_reachable_by_keyboard(text):
    script = "// #region a\nconst x = `<b>`;\n// #endregion\nrest();\n"
    html = text("{{ code('page.js#a') }}", **{"page.js": script})
    assert "<figcaption>page.js, section a</figcaption>" in html
    assert '<pre tabindex="0">' in html
    assert "&lt;b&gt;" in html
    assert "rest" not in html
    fenced = text("```python\nx = 1\n```")
    assert '<div class="code"><pre tabindex="0">' in fenced


def test_code_that_pages_share_is_shown_from_where_it_is(tmp_path):
    shared = tmp_path / "site" / "runtime" / "learn.js"
    shared.parent.mkdir(parents=True)
    shared.write_text("// #region a\nlearn();\n// #endregion\nrest();\n")
    index = tmp_path / "site" / "one" / "index.md"
    index.parent.mkdir()
    body = "{{ code('site/runtime/learn.js#a') }}"
    index.write_text(f"---\ntitle: T\nsummary: S\n---\n{body}")
    page = load_page(tmp_path / "site", index)
    html = str(Text(page, tmp_path / "templates").render(body, {}, 5))
    assert "<figcaption>site/runtime/learn.js, section a</figcaption>" in html
    assert "learn" in html.split("<pre")[1]
    assert "rest" not in html
    with pytest.raises(RenderError, match="there is no file .site.runtime.gone.js"):
        Text(page, tmp_path / "templates").render("{{ code('site/runtime/gone.js') }}", {}, 5)


def test_type_annotations_are_left_out_and_other_comments_are_not():
    script = (
        "/**\n * @param {number} x\n */\nfunction f(x) {\n"
        "  // a reason\n  return /** @type {any} */ (f(x)).y + /** @type {any} */ (a + b);\n}\n"
        "/** What it is for. */\nlet y;\n"
    )
    assert without_types(script) == (
        "function f(x) {\n  // a reason\n  return f(x).y + (a + b);\n}\n"
        "/** What it is for. */\nlet y;\n"
    )


def test_code_inside_a_stage_and_a_heading_in_it_stay_whole(text):
    files = {"box.html": "<h2>In a box</h2>{{ code('lib/a.js') }}", "lib/a.js": "run();\n"}
    html = text("## One\n\n{{ stage('box') }}\n\nAfter.", **files)
    assert html.count("<section>") == 1
    assert "<h2>In a box</h2>" in html and "aside" not in html
    assert '<span class="nx">run</span>' in html


def test_what_an_expression_raises_is_said_with_its_line(text):
    with pytest.raises(RenderError, match=r"site/page/index.md:7: TypeError"):
        text("\n\n{{ 'a' + 1 }}")


def test_numbers_and_bytes(text):
    assert "70,000 and 11.7 MB" in text("{{ 70000 | number }} and {{ 11689898 | megabytes }}")


def test_the_same_text_gives_the_same_html(text):
    files = {"page.js": "x();\n"}
    assert text("{{ code('page.js') }}", **files) == text("{{ code('page.js') }}", **files)


def test_lists_and_code_in_them_are_html(text):
    html = text(
        "1. Install:\n\n   ```bash\n   # a comment\n   ```\n2. Run:\n  ```\n  x\n  ```\n\n- a\n  - b\n"
    )
    assert "<h1" not in html
    assert html.count('<pre tabindex="0">') == 2
    assert re.search(r"<li>\s*<p>Install:</p>\s*<div class=\"code\">", html)
    assert "<li>a<ul>\n<li>b</li>" in html


def test_headings_in_quotes_and_lists_open_no_section(text):
    body = "> ## Quoted\n\n- item\n\n  ## In a list\n\n<details>\n<h2>x</h2>\n</details>\n\n## Own\n\nText."
    html = text(body)
    ElementTree.fromstring(f"<div>{html}</div>")
    assert html.count("<section>") == 2
    assert html.index("<section>", 5) < html.index('<h2 id="own">')


def test_markdown_in_html_that_asks_for_it(text):
    html = text('<details markdown="1">\n<summary>More</summary>\n\n**bold**\n\n</details>')
    assert "<strong>bold</strong>" in html


def test_braces_in_code_are_as_typed(text):
    html = text(
        "`{{ epoch }}` and\n\n```yaml\nkey: {{ epoch }}\n```\n\n{% raw %}{{ x }}{% endraw %}"
    )
    assert "<code>{{ epoch }}</code>" in html
    assert "{{ epoch }}" in html.split("<pre", 1)[1]
    assert "<p>{{ x }}</p>" in html


@pytest.mark.parametrize("body", ["{{ epoch }}", "a\n\n{{ x. }}", "{% if %}", "{{ 1 + 'a' }}"])
def test_braces_in_the_text_have_a_remedy(text, body):
    with pytest.raises(RenderError, match=r"index\.md:\d+: .*\{% raw %\}"):
        text(body)


@pytest.mark.parametrize(
    ("heading", "name"), [("Größe", "größe"), ("数据集", "数据集"), ("Данные 2", "данные-2")]
)
def test_headings_in_any_script_have_identifiers(text, heading, name):
    assert f'<h2 id="{name}">{heading}</h2>' in text(f"## {heading}")


def test_code_that_is_never_closed_is_refused_with_its_line(text):
    with pytest.raises(RenderError, match=r"index\.md:7: the code block is never closed"):
        text("a\n\n```\nb")


def test_code_in_a_list_by_name(text):
    html = text("1. See\n   {{ code('page.js') }}\n2. b", **{"page.js": "x();\n"})
    assert re.search(r"<p>See</p>\s*<figure class=\"listing\">", html)
    assert html.count("<ol>") == 1
