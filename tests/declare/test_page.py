import pytest

from prebake.declare.page import find_pages, load_page, load_pages
from prebake.errors import DeclarationError


def written(tmp_path, text, name="one"):
    path = tmp_path / "site" / name / "index.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return load_page(tmp_path / "site", path)


def test_front_matter_body_and_lines(tmp_path):
    page = written(tmp_path, "---\ntitle: A\nsummary: B\norder: 3\n---\n\n# Text\n")
    assert (page.front.title, page.front.order, page.url) == ("A", 3, "one/")
    assert page.body == "\n# Text"
    assert page.body_line == 6
    assert page.place("order") == "site/one/index.md:4"


def test_home_has_an_empty_address(tmp_path):
    page = written(tmp_path, "---\ntitle: A\nsummary: B\n---\n", name=".")
    assert (page.name, page.url, page.depth) == ("home", "", 0)


def test_nested_pages_know_their_depth(tmp_path):
    page = written(tmp_path, "---\ntitle: A\nsummary: B\n---\n", name="a/b")
    assert (page.name, page.url, page.depth) == ("a/b", "a/b/", 2)


def test_code_of_models_and_of_the_runtime_is_the_pages_where_its_text_names_it(tmp_path):
    shared = tmp_path / "site" / "runtime" / "deep" / "learn.js"
    shared.parent.mkdir(parents=True)
    shared.write_text("learn();\n")
    matter = "---\ntitle: A\nsummary: B\nmodels: [m, other-one]\n---\n"
    text = (
        "{{ code('site/runtime/deep/learn.js#a') }} {{ code('site/runtime/deep/learn.js') }} "
        "{{ code('models/m.py') }} {{ code('site/runtime/gone.js') }} site/runtime/../x.js\n"
    )
    for name in ("one", "a/b"):
        page = written(tmp_path, matter + text, name)
        assert page.modules() == ["models/m.py", "site/runtime/deep/learn.js"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# No front matter\n", "site/one/index.md:1: a page starts with its front matter"),
        ("---\ntitle: A\n", "site/one/index.md:1: a page starts with its front matter"),
        (
            "---\ntitle: A\nsummray: B\n---\n",
            "site/one/index.md:3: the front matter has no key 'summray'. Did you mean 'summary'?",
        ),
        ("---\ntitle: [A]\nsummary: B\n---\n", "site/one/index.md:2: the front matter: 'title' is"),
        (
            "---\ntitle: A\nsummary: B: C\n---\n",
            "site/one/index.md:3: the front matter is not valid YAML",
        ),
        ("---\n- a\n---\n", "is not a list of 'key: value' lines"),
        ("---\ntitle: A\n---\n", "needs the key 'summary'"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path, text, message):
    with pytest.raises(DeclarationError) as caught:
        written(tmp_path, text)
    assert message in str(caught.value)


def test_text_of_another_encoding_or_with_control_characters_is_a_sentence(tmp_path):
    path = tmp_path / "site" / "one" / "index.md"
    path.parent.mkdir(parents=True)
    path.write_bytes("---\ntitle: Café\nsummary: B\n---\n".encode("latin-1"))
    with pytest.raises(DeclarationError, match=r"site/one/index.md: not UTF-8 text"):
        load_page(tmp_path / "site", path)
    with pytest.raises(
        DeclarationError, match=r"site/one/index.md:2: the front matter is not valid"
    ):
        written(tmp_path, "---\ntitle: A\x07\nsummary: B\n---\n")


def test_a_page_owns_its_folder_but_not_other_pages(tmp_path):
    site = tmp_path / "site"
    for name in ("index.md", "x.html", "one/index.md", "one/a.js", "one/lib/b.js", "runtime/c.js"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text("---\ntitle: A\nsummary: B\n---\n")
    names = {n: [p.name for p in page.files()] for n, page in load_pages(site).items()}
    assert names == {"home": ["index.md", "x.html"], "one": ["a.js", "index.md", "b.js"]}


def test_a_folder_that_is_no_web_address_is_refused(tmp_path):
    with pytest.raises(DeclarationError, match="small letters, digits and hyphens"):
        written(tmp_path, "---\ntitle: A\nsummary: B\n---\n", name="My Page")


def test_pages_come_in_the_order_of_the_gallery(tmp_path):
    written(tmp_path, "---\ntitle: A\nsummary: B\norder: 20\n---\n", name="a")
    written(tmp_path, "---\ntitle: A\nsummary: B\norder: 10\n---\n", name="b")
    assert list(load_pages(tmp_path / "site")) == ["b", "a"]


def test_pages_may_share_a_script(tmp_path):
    shared = tmp_path / "site" / "runtime" / "booth.js"
    shared.parent.mkdir(parents=True)
    shared.write_text("")
    page = written(tmp_path, "---\ntitle: A\nsummary: B\nscript: runtime/booth.js\n---\n")
    assert page.script == shared


@pytest.mark.parametrize("script", ["runtime/boot.js", "../models/x.js", "styles/site.css"])
def test_a_script_that_is_no_module_of_the_site_is_refused(tmp_path, script):
    for name in ("models/x.js", "site/styles/site.css"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    with pytest.raises(DeclarationError, match=r"index.md:4: the script .* is no module below"):
        written(tmp_path, f"---\ntitle: A\nsummary: B\nscript: {script}\n---\n")


def test_a_page_has_one_script(tmp_path):
    shared = tmp_path / "site" / "runtime" / "booth.js"
    shared.parent.mkdir(parents=True)
    shared.write_text("")
    own = tmp_path / "site" / "one" / "page.js"
    own.parent.mkdir()
    own.write_text("")
    with pytest.raises(DeclarationError, match=r"has a page.js, and names the script"):
        written(tmp_path, "---\ntitle: A\nsummary: B\nscript: runtime/booth.js\n---\n")


def test_a_byte_order_mark_is_no_fault(tmp_path):
    page = written(tmp_path, "\ufeff---\ntitle: A\nsummary: B\n---\nText.")
    assert (page.front.title, page.body) == ("A", "Text.")


def test_dashes_inside_a_value_are_part_of_it(tmp_path):
    text = "---\ntitle: One\nsummary: |\n  First line\n  ---\n  Third line\n---\n## A\n"
    page = written(tmp_path, text)
    assert page.front.summary == "First line\n---\nThird line"
    assert (page.body, page.body_line) == ("## A", 8)


@pytest.mark.parametrize(
    ("matter", "message"),
    [
        ("title: A\nsummary: B\ntitle: C", "index.md:4: the key 'title' stands in line 2 already"),
        ("title: &a [x]\nsummary: *a", "index.md:3: the front matter repeats a value"),
        ("title: " + "[" * 21 + "]" * 21, "index.md:2: the front matter nests deeper than 20"),
        ("title: " + "[" * 100_000, "nests deeper than 20"),
        ("title: 2001-99-99", "index.md:2: the front matter is not valid YAML"),
    ],
)
def test_what_no_front_matter_needs_is_refused(tmp_path, matter, message):
    with pytest.raises(DeclarationError) as refused:
        written(tmp_path, f"---\n{matter}\n---\n")
    assert message in str(refused.value)


@pytest.mark.parametrize("names", [("home", "."), ("a-b", "a/b"), ("a/b-c", "a-b/c")])
def test_two_pages_of_one_name_are_refused(tmp_path, names):
    with pytest.raises(DeclarationError, match=r"the page has the same name as site/.*index\.md"):
        for name in names:
            written(tmp_path, "---\ntitle: A\nsummary: B\n---\n", name)
        find_pages(tmp_path / "site")


def test_pages_do_not_nest_without_end(tmp_path):
    written(tmp_path, "---\ntitle: A\nsummary: B\n---\n", "/".join("abcdefgh"))
    with pytest.raises(DeclarationError, match="9 folders deep, expected at most 8"):
        written(tmp_path, "---\ntitle: A\nsummary: B\n---\n", "/".join("abcdefghi"))


def test_a_linked_page_is_read_inside_the_project_only(tmp_path):
    root = tmp_path / "project"
    written(root, "---\ntitle: A\nsummary: B\n---\n", "one")
    shared = root / "shared"
    (root / "site" / "one").rename(shared)
    (root / "site" / "two").symlink_to(shared)
    assert list(load_pages(root / "site")) == ["two"]
    (root / "site" / "two").unlink()
    shared.rename(tmp_path / "outside")
    (root / "site" / "two").symlink_to(tmp_path / "outside")
    with pytest.raises(DeclarationError, match="site/two: the link leads out of the project"):
        find_pages(root / "site")
