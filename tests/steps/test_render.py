import pytest

from prebake.errors import BuildFailed


def html(project, page="one"):
    return (project.out / page / "index.html").read_text()


def test_markdown_and_values_meet_in_the_template(project):
    project.page("one", "A & B", "S", "{{ datasets.dots.samples }} *dots*", datasets="[dots]")
    project.build()
    assert html(project).startswith("<h1>A &amp; B</h1>")
    assert "<p>60 <em>dots</em></p>" in html(project)


def test_addresses_are_relative_at_any_depth(project):
    project.write("templates/page.html", "{{ root }} {{ style }} {{ manifests.dots }}")
    project.page("deep/er", "D", "S", "", datasets="[dots]")
    project.build()
    root, style, manifest = html(project, "deep/er").split()
    assert root == "../../"
    for path in (style, manifest):
        assert (project.out / "deep" / "er" / path).resolve().is_file()


def test_the_gallery_lists_every_other_page(project):
    project.write(
        "templates/gallery.html",
        "{% for c in cards %}{{ c.url }}|{{ c.summary }}|{{ c.picture.path if c.picture }};{% endfor %}",
    )
    project.page("two", "Two", "The second", "", order="1")
    project.build()
    two, one, _ = (project.out / "index.html").read_text().split(";")
    assert two == "./two/|The second|" or two == "two/|The second|"
    assert (project.out / one.split("|")[2]).is_file()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("\n\n{{ nothing }}", "site/one/index.md:7: 'nothing' is undefined"),
        ("\n{% if %}", "site/one/index.md:6: Expected an expression"),
        ("{{ stage('gone') }}", "site/one/index.md: there is no template 'gone.html'"),
        ("{{ code('gone.js') }}", "there is no file 'gone.js' in the page's folder"),
        (
            "{{ code('../../datasets/dots.py') }}",
            "there is no file '../../datasets/dots.py' in the page",
        ),
    ],
)
def test_errors_name_file_and_line(project, body, message):
    project.page("one", "One", "S", body)
    with pytest.raises(BuildFailed) as caught:
        project.build()
    assert message in str(caught.value)


def test_every_file_that_a_page_shows_counts(project):
    project.write("site/one/lib/net.js", "run();\n")
    project.write("site/one/part.html", "{% include 'lib/inner.html' %}")
    project.write("site/one/lib/inner.html", "inner 1")
    project.page("one", "One", "S", "{{ code('lib/net.js') }}\n\n{{ stage('part') }}")
    project.build()
    project.write("site/one/lib/net.js", "walk();\n")
    project.build()
    assert "walk" in html(project)
    project.write("site/one/lib/inner.html", "inner 2")
    project.build()
    assert "inner 2" in html(project)


def test_a_page_shows_only_files_of_its_own(project):
    project.write("site/two/page.js", "secret();\n")
    project.page("two", "Two", "S", "Text.")
    project.page("home", "Home", "All", "{{ code('two/page.js') }}", template="gallery")
    with pytest.raises(BuildFailed, match=r"there is no file 'two/page.js' in the page's folder"):
        project.build()


def test_a_missing_section_fails_the_build(project):
    project.write("site/one/page.js", "// #region model\nconst a = 1;\n// #endregion\n")
    project.page("one", "One", "S", "{{ code('page.js#modle') }}")
    with pytest.raises(BuildFailed) as caught:
        project.build()
    assert "site/one/page.js has no section 'modle'. Did you mean 'model'?" in str(caught.value)


def test_an_unknown_template_is_said_with_its_line(project):
    project.page("one", "One", "S", "Text.", template="lesson")
    with pytest.raises(BuildFailed) as caught:
        project.build()
    assert "site/one/index.md:4: there is no template 'lesson.html' in templates/." in str(
        caught.value
    )


def test_a_broken_template_is_said_with_its_line(project):
    project.write("templates/page.html", "<p>\n{% for %}\n")
    with pytest.raises(BuildFailed, match=r"templates/page.html:2: "):
        project.build()
