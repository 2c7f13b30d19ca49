"""Links as a whole build settles and checks them."""

import json
import unicodedata
from urllib.parse import unquote

import pytest

from prebake.errors import BuildFailed

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


@pytest.fixture
def site(project):
    project.page("two", "Two", "S", "## A part\n\nText.")
    (project.root / "site" / "one" / "plot.png").write_bytes(PNG)
    (project.root / "site" / "one" / "my plot.png").write_bytes(PNG + b"x")
    project.write("site/static/shared/table.csv", "a,b\n")

    def build(text):
        project.page("one", "One", "S", text)
        project.build()
        return (project.out / "one" / "index.html").read_text()

    project.html = build
    return project


def failure(site, text, step="render one"):
    with pytest.raises(BuildFailed) as failed:
        site.html(text)
    return str(failed.value.failures[step])


@pytest.mark.parametrize(
    "text",
    [
        "![A plot](plot.png)",
        "![Spaces](my plot.png)",
        "![Encoded](my%20plot.png)",
        '<img src="plot.png" alt="x">',
        "[Download](./plot.png)",
        "![Root](/one/plot.png)",
        '<img srcset="plot.png 1x, plot.png 2x" alt="">',
    ],
)
def test_files_beside_a_page_are_published_with_it(site, text):
    html = site.html(text)
    (address,) = {
        part.split('"')[0].split(" ")[0]
        for part in html.split("../")[1:]
        if part.startswith("one/")
    }
    published = site.out / unquote(address)
    assert published.read_bytes().startswith(PNG)
    assert published.name == ("my plot.png" if "my" in text else "plot.png")
    assert published.parent.parent.name == "files"


def test_a_file_that_changes_gets_another_address(site):
    before = site.html("![A](plot.png)")
    (site.root / "site" / "one" / "plot.png").write_bytes(PNG + b"other")
    after = site.html("![A](plot.png)")
    assert before != after
    assert len(list((site.out / "one" / "files").iterdir())) == 1


def test_a_file_in_another_unicode_form_is_found(site):
    name = unicodedata.normalize("NFD", "größe.csv")
    (site.root / "site" / "one" / name).write_text("x")
    html = site.html("[T](größe.csv)")
    address = html.split('href="../')[1].split('"')[0]
    assert (site.out / unquote(address)).read_text() == "x"


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("../two/", "../two/"),
        ("../two", "../two/"),
        ("../two/index.md", "../two/"),
        ("../two/index.html", "../two/"),
        ("/two/", "../two/"),
        ("../two/index.md#a-part", "../two/#a-part"),
        ("/", "../"),
        ("../index.md", "../"),
        ("#here", "#here"),
        ("https://example.org/x", "https://example.org/x"),
        ("mailto:me@example.org", "mailto:me@example.org"),
        ("../shared/table.csv", "../shared/table.csv"),
        ("../sitemap.xml", "../sitemap.xml"),
        ("{{ manifests.dots }}", None),
    ],
)
def test_links_lead_to_pages_and_files(site, link, address):
    site.write("site/one/index.md", "")
    text = f"## Here\n\n[link]({link})"
    site.page("one", "One", "S", text, datasets="[dots]")
    site.build()
    html = (site.out / "one" / "index.html").read_text()
    assert f'href="{address}"' in html if address else "manifest.json" in html


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a\n\n![A](nowhere.png)", "site/one/index.md:7: the image 'nowhere.png' leads nowhere"),
        ("[a](../nowhere/)", "site/one/index.md:5: the link '../nowhere/' leads nowhere"),
        ("[a](../two/nowhere.md)", "the link '../two/nowhere.md' leads nowhere"),
        ("[a](#nowhere)", "leads to no heading or element of the page"),
        ("[a](../../../etc/passwd)", "leads nowhere"),
        ("[a](.hidden)", "leads nowhere"),
        ("<video src='gone.mp4'></video>", "the file 'gone.mp4' leads nowhere"),
    ],
)
def test_a_link_that_leads_nowhere_fails_with_its_line(site, text, problem):
    site.write("site/one/.hidden", "secret")
    assert problem in failure(site, text)


def test_all_mistakes_of_a_page_are_listed_at_once(site):
    text = "\n".join(f"[a](gone-{number}.txt)" for number in range(30))
    message = failure(site, text)
    assert message.startswith("site/one/index.md:5: the link 'gone-0.txt'")
    assert "; line 24: the link 'gone-19.txt' leads nowhere; and 10 more." in message


def test_a_link_to_a_part_of_another_page_is_checked(site):
    site.html("[a](../two/#a-part)")
    message = failure(site, "x\n[a](../two/#gone)", "links site")
    assert message.startswith("site/one/index.md:6: the link '../two/#gone' leads to no heading")


def test_a_page_that_is_removed_fails_the_links_to_it(site):
    site.html("[a](../two/)")
    (site.root / "site" / "two" / "index.md").unlink()
    with pytest.raises(BuildFailed, match="there is no such page"):
        site.build()


def test_a_page_that_is_not_built_now_may_be_linked(site):
    site.page("one", "One", "S", "[a](../two/#gone)")
    site.build(only=("one",))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("![a](https://example.org/a.png)", "'https://example.org/a.png' from another host"),
        ("<img src='//example.org/a.png' alt=''>", "'//example.org/a.png' from another host"),
        ("<p style='color: red'>x</p>", "a style in the text"),
        ("<style>p { color: red }</style>", "a style in the text"),
        ("<script>alert(1)</script>", "a script in the text"),
        ("<iframe src='https://example.org'></iframe>", "a frame (<iframe>)"),
        ("<b onclick='f()'>x</b>", "the attribute onclick"),
        ("[a](javascript:alert(1))", "a link that runs a script"),
        ("<form action='/x'></form>", "a form that is sent somewhere"),
    ],
)
def test_what_the_policy_forbids_is_named(site, text, what):
    message = failure(site, f"a\n\n{text}")
    assert message.startswith("site/one/index.md:7: the policy of the page forbids " + what)


def test_code_that_shows_such_things_is_code(site):
    html = site.html('`<script>` and\n\n```html\n<img src="https://example.org/a.png">\n```\n')
    assert "&lt;script&gt;" in html


def test_a_picture_beside_a_page_is_kept_for_when_there_is_no_network(site):
    site.html("![A](plot.png) [T](../shared/table.csv)")
    digest = site.build().outcomes["render one"].record.digest
    written = site.store / "v1" / "artifacts" / digest[:2] / digest / "links.json"
    links = json.loads(written.read_text())
    assert [each.rpartition("/")[2] for each in links["shown"]] == ["plot.png"]
    assert links["linked"] == ["shared/table.csv"]
