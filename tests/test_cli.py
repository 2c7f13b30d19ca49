import json

import click
import pytest

from prebake.cli import app


def commands(group=app, prefix=()):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*prefix, name))
        else:
            yield (*prefix, name), command


def test_every_command_and_option_has_help():
    for words, command in commands():
        assert command.help, words
        for parameter in command.params:
            assert isinstance(parameter, click.Option), words
            assert parameter.help, (words, parameter.name)


def test_build_is_the_default(project):
    process = project.start("--quiet")
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0
    assert (project.out / "index.html").is_file()


def test_explain_says_for_every_step_why(project):
    first = project.run("--explain").stdout.splitlines()
    assert "built    pack dots: not built here before (" in "\n".join(first)
    assert first[-1].startswith("_site: 10 built in ")
    second = project.run("--explain").stdout.splitlines()
    assert second[-1].startswith("_site: 10 fresh in ")
    assert all(line.startswith("fresh    ") for line in second[:-1])
    project.page("one", "One", "The first", "Other.", datasets="[dots]", picture="dots")
    third = project.run("--explain").stdout
    assert "built    render one: site/one/index.md changed (" in third
    assert third.count("built    ") == 1


def test_it_also_works_from_a_folder_inside(project):
    project.root = project.root / "datasets"
    assert project.run("build").returncode == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--nonsense"], "No such option"),
        (["bulid"], "No such command 'bulid'"),
        (["--jobs", "0"], "0 is not in the range"),
        (["--only", "oen"], "error: --only: there is no page 'oen'. Did you mean 'one'?"),
        (["--data", "dots"], "error: --data: 'dots' is no choice of a source."),
        (["--force", "pcak"], "error: --force: there is no step 'pcak'."),
        (["--store", "s3://bucket/x"], "a store on s3:// is not supported by this version"),
    ],
)
def test_wrong_usage_exits_with_two(project, words, message):
    done = project.run(*words)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["--store", "site/site.toml"], 1, "site.toml: cannot be written: Not a directory. Choose"),
        (["--out", "site/site.toml/x"], 2, "is a file, expected a folder"),
        (["--out", "link"], 2, "the folder holds files that prebake did not make"),
        (["clean", "--out", "link"], 2, "it is a file or a link"),
    ],
)
def test_folders_that_cannot_be_used_are_a_sentence(project, words, status, message):
    (project.root / "link").symlink_to(project.root / "site")
    done = project.run(*words)
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    assert message in done.stderr


def test_a_helper_that_python_cannot_read_is_a_sentence(project):
    text = (project.root / "datasets/dots.py").read_text()
    lazy = text.replace("import numpy as np", "import numpy as np, datasets._odd")
    project.write("datasets/dots.py", lazy)
    project.write("datasets/_odd.py", "x = (\n")
    done = project.run()
    assert done.returncode == 1
    assert "error: pack dots: datasets/_odd.py:1: Python cannot read it" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failed_build_exits_with_one_and_shows_no_traceback(project):
    text = (project.root / "datasets/dots.py").read_text()
    project.write("datasets/dots.py", text.replace("images[labels == 1]", "images[missing]"))
    done = project.run()
    assert done.returncode == 1
    assert "error: pack dots: datasets/dots.py:" in done.stderr
    assert "NameError: name 'missing' is not defined" in done.stderr
    assert "Traceback" not in done.stderr
    assert "Traceback" in project.run("--verbose").stderr


def test_the_graph_in_lines_and_as_mermaid(project):
    lines = project.run("graph").stdout
    assert "to build  pack dots" in lines
    assert "unknown   picture one  ← pack dots" in lines
    project.run("--quiet")
    diagram = project.run("graph", "--mermaid").stdout
    assert diagram.startswith("flowchart LR\n")
    assert '["pack dots<br/>fresh"]' in diagram
    assert "classDef" not in diagram


def test_the_store_commands(project):
    project.run("--quiet")
    assert project.run("store", "path").stdout.strip() == str(project.store)
    assert project.run("store", "verify").stdout == "10 sound, 0 damaged and dropped.\n"
    page = next(project.store.glob("v1/artifacts/*/*/site/one/index.html"))
    page.write_text("altered")
    done = project.run("store", "verify")
    assert done.returncode == 1
    assert "render one: site/one/index.html was altered" in done.stdout
    assert "9 sound, 1 damaged and dropped." in done.stdout
    assert project.run("store", "prune").stdout == "0 results removed, 0.0 MB freed.\n"
    # All were used a moment ago, so that only a limit of no time removes them. Seven keys lead
    # to six results: there are neither scripts nor static files, and nothing equals nothing.
    assert project.run("store", "prune", "--days", "0").stdout.startswith("8 results removed")


def test_the_store_may_be_named_by_a_file_address(project, tmp_path):
    done = project.run("build", "--store", f"file://{tmp_path}/other")
    assert done.returncode == 0
    assert (tmp_path / "other" / "v1" / "keys").is_dir()


def test_clean_removes_the_site_and_keeps_the_store(project):
    project.run("--quiet")
    assert project.run("clean").stdout == "_site removed.\n"
    assert not project.out.exists()
    assert project.run("clean").stdout == "There is no _site.\n"
    assert "10 restored" in project.run().stdout


def test_another_folder_for_the_site(project):
    assert project.run("build", "--out", "public/here").returncode == 0
    assert json.loads((project.root / "public/here/report.json").read_text())["pages"]


def test_a_folder_without_a_site_is_a_sentence(tmp_path, project):
    project.root = tmp_path
    done = project.run()
    assert done.returncode == 1
    assert (
        "site/site.toml: there is no such file, so this is not the folder of a site" in done.stderr
    )
