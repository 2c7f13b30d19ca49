"""What is not documented does not exist: commands, options, keys, files, errors."""

import dataclasses
import re
from pathlib import Path

import pytest

from prebake import declare
from prebake.declare.arrays import Arrays
from prebake.declare.dataset import Dataset, Holdout
from prebake.declare.export import Export
from prebake.declare.fit import Augment, Cosine, EarlyStopping, Fit, Steps
from prebake.declare.model import Blank, Converted, Model, Trained
from prebake.declare.operations import OPERATIONS
from prebake.declare.page import FrontMatter
from prebake.declare.samples import Samples
from prebake.declare.site import Site
from prebake.declare.source import Folder, Kaggle, Npm, Pypi, Synthetic, Url
from prebake.declare.transfer import Transfer

from .test_cli import commands

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def text(*names):
    return "\n".join((ROOT / name).read_text() for name in names)


def test_every_command_and_option_is_in_the_reference():
    reference = text("docs/commands.md")
    for words, command in commands():
        heading = f"## {' '.join(words)}"
        assert f"{heading}\n" in reference, heading
        section = reference.split(f"{heading}\n")[1].split("\n## ")[0]
        for parameter in command.params:
            if parameter.hidden:
                continue  # between two parts of prebake
            for option in parameter.opts:
                assert f"`{option}" in section, f"{heading} {option}"


@pytest.mark.parametrize(
    ("declaration", "page", "heading"),
    [
        (FrontMatter, "docs/authoring-pages.md", "Front matter"),
        (Site, "docs/authoring-pages.md", "site.toml"),
        (Dataset, "docs/authoring-datasets.md", "Dataset"),
        (Holdout, "docs/authoring-datasets.md", "Dataset"),
        (Samples, "docs/authoring-datasets.md", "Samples"),
        *(
            (source, "docs/authoring-datasets.md", "Sources")
            for source in (Npm, Pypi, Url, Folder, Synthetic, Kaggle)
        ),
        (Model, "docs/authoring-models.md", "All models"),
        (Trained, "docs/authoring-models.md", "Trained"),
        (Converted, "docs/authoring-models.md", "Converted"),
        (Blank, "docs/authoring-models.md", "Blank"),
        (Transfer, "docs/authoring-models.md", "Transfer"),
        (Export, "docs/authoring-models.md", "Export"),
        (Arrays, "docs/authoring-models.md", "Arrays"),
        *(
            (each, "docs/authoring-models.md", "Fit")
            for each in (Fit, Augment, Cosine, Steps, EarlyStopping)
        ),
    ],
)
def test_every_key_of_a_declaration_is_documented(declaration, page, heading):
    section = text(page).split(f"\n## {heading}\n")[1].split("\n## ")[0]
    inherited = set(Model.__dataclass_fields__) if declaration is not Model else set()
    for field in dataclasses.fields(declaration):
        if not field.name.startswith("_") and not (
            issubclass(declaration, Model) and field.name in inherited
        ):
            assert f"`{field.name}`" in section, f"{declaration.__name__}.{field.name} in {page}"


def test_every_key_of_the_manifest_and_the_report_is_documented(project):
    import json

    project.build()
    report = json.loads((project.out / "report.json").read_text())
    (path,) = project.out.glob("data/dots/*/manifest.json")
    documented = text("docs/formats.md")

    def keys(value):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield key
                yield from keys(inner)
        elif isinstance(value, list):
            for inner in value[:1]:
                yield from keys(inner)

    names = {"dots", "one", "home", "train", "test", "made"}
    for key in {*keys(report), *keys(json.loads(path.read_text()))} - names:
        assert f"`{key}`" in documented, key


def test_every_operation_of_preprocessing_is_documented():
    section = text("docs/authoring-models.md").split("\n## Preprocess\n")[1]
    for operation in OPERATIONS.values():
        assert f"`{operation.__name__}(" in section, operation
        for field in dataclasses.fields(operation):
            assert re.search(rf"\b{field.name}\b", section), f"{operation.__name__}.{field.name}"


def test_links_between_the_documents_hold():
    for path in [*ROOT.glob("*.md"), *DOCS.glob("*.md")]:
        # What stands in backticks is code that shows a link.
        plain = re.sub(r"`[^`\n]*`", "", path.read_text())
        for link in re.findall(r"\]\(([^)#]+)", plain):
            if not link.startswith("http"):
                assert (path.parent / link).exists(), f"{path.name}: {link}"


def test_files_that_the_documents_name_exist():
    for path in [*ROOT.glob("*.md"), *DOCS.glob("*.md")]:
        for name in re.findall(
            r"`((?:prebake|site/runtime|benchmarks|scripts)/[\w./-]+\.\w+)`", path.read_text()
        ):
            assert (ROOT / name).exists(), f"{path.name}: {name}"


def test_declarations_import_neither_the_steps_nor_the_graph():
    for path in Path(declare.__file__).parent.glob("*.py"):
        imports = re.findall(r"^\s*(?:from|import) (\S+)", path.read_text(), re.M)
        for name in imports:
            assert not re.match(r"\.\.(graph|steps|sources|data|pages|browser|build|cli)", name), (
                path,
                name,
            )
