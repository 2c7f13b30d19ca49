import pytest

from prebake.pages.text import Text, in_sections, without_types


@pytest.fixture
def text(tmp_path):
    def render(body, **values):
        folder = tmp_path / "page"
        folder.mkdir(exist_ok=True)
        for name in [n for n in values if "." in n]:
            (folder / name).write_text(values.pop(name))
        return str(Text(folder, "site/page", tmp_path).render(body, values, 5))

    return render


def test_second_level_headings_open_sections(text):
    html = text("Intro.\n\n## One {#first}\n\nA.\n\n### Deeper\n\n## Two\n\nB.")
    assert html.count("<section>") == 3
    assert '<h2 id="first">One</h2>' in html
    assert in_sections("") == ""


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


def test_numbers_and_bytes(text):
    assert "70,000 and 11.7 MB" in text("{{ 70000 | number }} and {{ 11689898 | megabytes }}")


def test_the_same_text_gives_the_same_html(text):
    files = {"page.js": "x();\n"}
    assert text("{{ code('page.js') }}", **files) == text("{{ code('page.js') }}", **files)
