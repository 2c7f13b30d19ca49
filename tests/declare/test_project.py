import pytest

from prebake.declare.project import load_project
from prebake.errors import AuthorError, DeclarationError, UsageError


def test_only_the_datasets_that_pages_use_are_loaded(project):
    project.write("datasets/unused.py", "1 / 0\n")
    assert list(load_project(project.root).datasets) == ["dots"]


def test_underscores_in_files_are_hyphens_in_names(project):
    project.write("datasets/many_dots.py", (project.root / "datasets/dots.py").read_text())
    project.page("two", "Two", "S", "", datasets="[many-dots]")
    assert "many-dots" in load_project(project.root).datasets


def test_an_unknown_dataset_is_said_with_file_and_line(project):
    project.page("two", "Two", "S", "", datasets="[dost]")
    with pytest.raises(DeclarationError) as caught:
        load_project(project.root)
    assert str(caught.value) == (
        "site/two/index.md:4: there is no dataset 'dost' in datasets/. Did you mean 'dots'?"
    )


def test_an_unknown_model_is_said_with_file_and_line(project):
    project.page("two", "Two", "S", "", models="[cnn]")
    with pytest.raises(DeclarationError, match=r"site/two/index.md:4: there is no model 'cnn'"):
        load_project(project.root)


def test_a_picture_is_a_dataset_or_a_file(project):
    project.page("two", "Two", "S", "", picture="nothing.png")
    with pytest.raises(DeclarationError, match=r"neither a dataset nor a file"):
        load_project(project.root)


def test_a_picture_stays_in_its_folder(project):
    project.write("site/secret.png", "x")
    project.page("two", "Two", "S", "", picture="../secret.png")
    with pytest.raises(
        DeclarationError, match=r"neither a dataset nor a file in the page's folder"
    ):
        load_project(project.root)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"only": ["oen"]}, "--only: there is no page 'oen'. Did you mean 'one'?"),
        ({"data": {"dost": "made"}}, "--data: there is no dataset 'dost' in datasets/."),
        ({"data": {"dots": "npm"}}, "--data dots=npm: the dataset 'dots' has no source 'npm'."),
    ],
)
def test_wrong_usage(project, given, message):
    with pytest.raises(UsageError) as caught:
        load_project(project.root, **given)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        (
            "x = 1\n",
            DeclarationError,
            "datasets/dots.py: expected one Dataset at the top level, found none",
        ),
        ("x = (\n", AuthorError, "datasets/dots.py:1: Python cannot read it"),
        (
            "\nx = 1 / 0\n",
            AuthorError,
            "datasets/dots.py:1: it raised ZeroDivisionError: division by zero.",
        ),
        ("import nonsense_xyz\n", AuthorError, "No module named 'nonsense_xyz'"),
        (
            "from prebake import Dataset\nd = Dataset(title='T', classes=['a'], tile=(1, 1, 1),\n"
            "    licence='', sources={})\n",
            DeclarationError,
            "datasets/dots.py:2: classes=['a']: expected at least two classes",
        ),
    ],
)
def test_what_is_wrong_in_a_module_is_said_with_file_and_line(project, source, kind, message):
    project.write("datasets/dots.py", source)
    with pytest.raises(kind) as caught:
        load_project(project.root)
    assert message in str(caught.value)


def test_site_toml_chooses_a_source_and_the_command_line_overrides_it(project):
    text = (project.root / "datasets/dots.py").read_text()
    project.write(
        "datasets/dots.py",
        text.replace(
            '"made": Synthetic(draw, seed=3)', '"made": Synthetic(draw), "other": Synthetic(draw)'
        ),
    )
    project.write("site/site.toml", '[site]\ntitle = "T"\n[data]\ndots = "other"\n')
    assert load_project(project.root).datasets["dots"].source_name == "other"
    assert load_project(project.root, data={"dots": "made"}).datasets["dots"].source_name == "made"
