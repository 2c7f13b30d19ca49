"""All that a project declares: its site, its pages, its datasets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import DeclarationError, UsageError
from .dataset import Dataset
from .model import Model
from .module import load_declaration
from .page import HOME, Page, load_pages
from .schema import suggest
from .site import Site, load_site
from .source import Source


@dataclass(frozen=True)
class DatasetFile:
    """A declared dataset, the file it stands in, and the source chosen for this build."""

    name: str
    path: Path
    declared: Dataset
    source_name: str
    source: Source


@dataclass(frozen=True)
class ModelFile:
    """A declared model and the file it stands in."""

    name: str
    path: Path
    declared: Model


@dataclass(frozen=True)
class Project:
    root: Path
    site: Site
    pages: dict[str, Page]
    datasets: dict[str, DatasetFile] = field(default_factory=dict)
    models: dict[str, ModelFile] = field(default_factory=dict)


def load_project(
    root: Path, *, data: Mapping[str, str] | None = None, only: Iterable[str] = ()
) -> Project:
    """Reads and checks every declaration below ``root``.

    Args:
        root: the folder that holds ``site/``, ``datasets/`` and ``models/``.
        data: for a dataset the source to use, over what ``site.toml`` says.
        only: the names of the pages to keep, beside the home page; none for all of them.

    Raises:
        DeclarationError: for what an author wrote.
        UsageError: for what the command line names.
    """
    site = load_site(root / "site" / "site.toml")
    pages = _select(load_pages(root / "site"), list(only))
    paths = _modules(root, "datasets")
    choices = {**_known_data(site.data, paths, "site/site.toml", DeclarationError)}
    choices.update(_known_data(data or {}, paths, "--data", UsageError))
    wanted = {name for page in pages.values() for name in _datasets_of(page, paths)}
    models = _models(root, pages.values())
    wanted |= {name for model in models.values() for name in _datasets_learned(model, paths)}
    datasets = {}
    for name in sorted(wanted):
        declared = load_declaration(root, paths[name], Dataset)
        source_name, source = declared.choose(choices.get(name), name)
        datasets[name] = DatasetFile(name, paths[name], declared, source_name, source)
    return Project(root, site, pages, datasets, models)


def _modules(root: Path, folder: str) -> dict[str, Path]:
    """By name (``my-model``) the modules of a folder (``my_model.py``)."""
    return {p.stem.replace("_", "-"): p for p in sorted(root.glob(f"{folder}/[!_]*.py"))}


def _select(pages: dict[str, Page], only: list[str]) -> dict[str, Page]:
    for name in only:
        if name not in pages:
            raise UsageError(
                f"there is no page {name!r}.", where="--only", remedy=suggest(name, pages)
            )
    return {n: page for n, page in pages.items() if not only or n in only or n == HOME}


def _datasets_of(page: Page, known: Mapping[str, Path]) -> set[str]:
    named = set(page.front.datasets)
    for name in page.front.datasets:
        if name not in known:
            raise DeclarationError(
                f"there is no dataset {name!r} in datasets/.",
                where=page.place("datasets"),
                remedy=suggest(name, known),
            )
    picture = page.front.picture
    if picture in known:
        named.add(picture)
    elif picture and not _file_in(page.folder, picture):
        raise DeclarationError(
            f"the picture {picture!r} is neither a dataset nor a file in the page's folder.",
            where=page.place("picture"),
            remedy=suggest(picture, known),
        )
    return named


def _file_in(folder: Path, name: str) -> bool:
    path = (folder / name).resolve()
    return path.is_file() and path.is_relative_to(folder.resolve())


def _models(root: Path, pages: Iterable[Page]) -> dict[str, ModelFile]:
    known = _modules(root, "models")
    models: dict[str, ModelFile] = {}
    for page in pages:
        for name in page.front.models:
            if name not in known:
                raise DeclarationError(
                    f"there is no model {name!r} in models/.",
                    where=page.place("models"),
                    remedy=suggest(name, known),
                )
            if name not in models:
                declared = load_declaration(root, known[name], Model)
                models[name] = ModelFile(name, known[name], declared)
    return models


def _datasets_learned(model: ModelFile, known: Mapping[str, Path]) -> list[str]:
    """The datasets that a model learns from or is judged on."""
    pretrain = getattr(model.declared, "pretrain", None)
    names = [model.declared.dataset, pretrain.dataset if pretrain else ""]
    for name in filter(None, names):
        if name not in known:
            raise DeclarationError(
                f"there is no dataset {name!r} in datasets/.",
                where=f"models/{model.path.name}",
                remedy=suggest(name, known),
            )
    return [name for name in names if name]


def _known_data(
    choices: Mapping[str, str],
    known: Mapping[str, Path],
    where: str,
    error: type[DeclarationError] | type[UsageError],
) -> Mapping[str, str]:
    for name in choices:
        if name not in known:
            raise error(
                f"there is no dataset {name!r} in datasets/.",
                where=where,
                remedy=suggest(name, known),
            )
    return choices
