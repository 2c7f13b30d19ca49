from xml.etree import ElementTree

from prebake.steps.extras import not_found, sitemap

SITE = {"title": "A <b>", "language": "en", "url": "https://example.org/t/"}


def test_what_a_host_expects_is_there(project):
    project.build()
    assert (project.out / ".nojekyll").is_file()
    assert "Sitemap: https://example.org/t/sitemap.xml" in (project.out / "robots.txt").read_text()
    tree = ElementTree.parse(project.out / "sitemap.xml")
    addresses = [
        each.text for each in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    ]
    assert addresses == ["https://example.org/t/", "https://example.org/t/one/"]


def test_without_an_address_there_is_no_sitemap_but_a_warning(project):
    project.write("site/site.toml", '[site]\ntitle = "T"\n')
    project.build()
    assert not (project.out / "sitemap.xml").exists()
    assert "Sitemap" not in (project.out / "robots.txt").read_text()
    assert any("site.toml has no url" in text for text in project.effects.warnings)


def test_the_page_for_missing_pages_needs_no_other_file():
    html = not_found(SITE)
    assert 'href="/t/"' in html
    assert "A &lt;b&gt;" in html
    assert "<script" not in html and "stylesheet" not in html


def test_addresses_are_escaped():
    assert "a&amp;b" in sitemap(["https://example.org/a&b"])


def test_static_files_are_copied_to_the_root(project):
    project.write("site/static/deep/x.txt", "x")
    project.build()
    assert (project.out / "deep" / "x.txt").read_text() == "x"


def test_two_files_at_one_address_are_refused(project):
    project.write("site/static/one/index.html", "x")
    done = project.run("build")
    assert done.returncode == 1
    assert "error: one/index.html: both 'render one' and 'copy static' make it" in done.stderr
