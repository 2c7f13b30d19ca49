"""All that a project declares: its site, its pages, its datasets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import DeclarationError, UsageError
from .by_source import BySource
from .dataset import Dataset
from .model import Converted, Model, with_weights
from .module import load_declaration
from .modules import find_modules
from .page import HOME, Page, find_pages, load_pages
from .schema import suggest
from .site import Site, load_site
from .source import Source
from .transfer import BASE, Transfer, with_backbone
from .weights import FrozenGraph, SavedModel


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
    """A declared model and the file it stands in.

    Args:
        declared: as it is for the source of weights that was chosen.
        weights: that source; empty where there is only one.
        backbone: of a :class:`Transfer` the model that it cuts in two.
        part: of a Transfer the part that this is, ``base`` or ``tail``.
    """

    name: str
    path: Path
    declared: Model
    weights: str = ""
    backbone: ModelFile | None = None
    part: str = ""


@dataclass(frozen=True)
class Project:
    root: Path
    site: Site
    pages: dict[str, Page]
    datasets: dict[str, DatasetFile] = field(default_factory=dict)
    models: dict[str, ModelFile] = field(default_factory=dict)


def load_project(
    root: Path,
    *,
    data: Mapping[str, str] | None = None,
    weights: Mapping[str, str] | None = None,
    only: Iterable[str] = (),
) -> Project:
    """Reads and checks the declarations below ``root``: those of the pages, and of the datasets
    and models that they use.

    Args:
        root: the folder that holds ``site/``, ``datasets/`` and ``models/``.
        data: for a dataset the source to use, over what ``site.toml`` says.
        weights: for a model the source of its weights, likewise.
        only: the names of the pages to read, beside the home page; none for all of them.

    Raises:
        DeclarationError: for what an author wrote.
        UsageError: for what the command line names.
    """
    site = load_site(root / "site" / "site.toml")
    pages = load_pages(root / "site", _selected(find_pages(root / "site"), list(only)))
    paths = find_modules(root, "datasets")
    choices = {**_known(site.data, paths, "dataset", "site/site.toml", DeclarationError)}
    choices.update(_known(data or {}, paths, "dataset", "--data", UsageError))
    wanted = {name for page in pages.values() for name in _datasets_of(page, paths)}
    models = _models(root, pages.values(), _weights_chosen(root, site, weights or {}))
    wanted |= {name for model in models.values() for name in _datasets_learned(model, paths)}
    datasets = {}
    for name in sorted(wanted):
        declared = load_declaration(root, paths[name], Dataset)
        source_name, source = declared.choose(choices.get(name), name)
        datasets[name] = DatasetFile(name, paths[name], declared, source_name, source)
    return Project(root, site, pages, datasets, models)


def _selected(known: Mapping[str, Path], only: list[str]) -> list[str]:
    """The names of the pages to read: a mistake in another one stops nothing."""
    for name in only:
        if name not in known:
            raise UsageError(
                f"there is no page {name!r}.", where="--only", remedy=suggest(name, known)
            )
    return [name for name in known if not only or name in only or name == HOME]


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


def _weights_chosen(root: Path, site: Site, given: Mapping[str, str]) -> dict[str, str]:
    known = find_modules(root, "models")
    chosen = {**_known(site.weights, known, "model", "site/site.toml", DeclarationError)}
    return {**chosen, **_known(given, known, "model", "--weights", UsageError)}


def _models(root: Path, pages: Iterable[Page], weights: Mapping[str, str]) -> dict[str, ModelFile]:
    """The models that pages name, and the bases of those that are a Transfer."""
    known = find_modules(root, "models")
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
                models |= {each.name: each for each in load_model(root, name, known, weights)}
    return models


def load_model(
    root: Path, name: str, known: Mapping[str, Path], weights: Mapping[str, str]
) -> list[ModelFile]:
    """A model as it is for the weights that were chosen; of a Transfer its two parts, the base
    first.

    Raises:
        DeclarationError: if a backbone is missing, is none, or a name is taken.
    """
    path = known[name]
    declared = load_declaration(root, path, Model)
    if not isinstance(declared, Transfer):
        source = _source_of_weights(declared, name, weights)
        _demand_preprocess(declared, name, source, f"models/{path.name}")
        return [ModelFile(name, path, with_weights(declared, source), source)]
    where = f"models/{path.name}"
    if name in weights:
        raise DeclarationError(
            f"the weights of {name!r} are those of its backbone, {declared.backbone!r}.",
            where=f"--weights {name}={weights[name]}",
            remedy=f"Choose --weights {declared.backbone}={weights[name]}.",
        )
    backbone = _backbone(root, declared, known, weights, where)
    _demand_sources(declared, backbone, where)
    if name + BASE in known:
        raise DeclarationError(
            f"models/{known[name + BASE].name} has the name of its base, {name + BASE!r}.",
            where=where,
            remedy="Rename one of the two files.",
        )
    assert isinstance(backbone.declared, Converted)
    settled = with_backbone(with_weights(declared, backbone.weights), backbone.declared)
    return [
        ModelFile(name + BASE, path, settled, backbone.weights, backbone, "base"),
        ModelFile(name, path, settled, backbone.weights, backbone, "tail"),
    ]


def _source_of_weights(declared: Model, name: str, weights: Mapping[str, str]) -> str:
    """The source of weights that was chosen, or the first.

    Raises:
        DeclarationError: if there is no such source.
    """
    given = getattr(declared, "weights", None)
    sources = list(given.values) if isinstance(given, BySource) else []
    chosen = weights.get(name)
    if chosen is None:
        return sources[0] if sources else ""
    if chosen not in sources:
        raise DeclarationError(
            f"the weights of the model {name!r} have no source {chosen!r}.",
            where=f"--weights {name}={chosen}",
            remedy=suggest(chosen, sources) if sources else "They have one source only.",
        )
    return chosen


def _backbone(
    root: Path,
    declared: Transfer,
    known: Mapping[str, Path],
    weights: Mapping[str, str],
    where: str,
) -> ModelFile:
    name = declared.backbone
    if name not in known:
        raise DeclarationError(
            f"there is no model {name!r} in models/, which is its backbone.",
            where=where,
            remedy=suggest(name, known),
        )
    found = load_declaration(root, known[name], Model)
    source = _source_of_weights(found, name, weights)
    _demand_preprocess(found, name, source, f"models/{known[name].name}")
    chosen = with_weights(found, source)
    given = chosen.weights if isinstance(chosen, Converted) else None
    if given is None or isinstance(given, SavedModel | FrozenGraph):
        raise DeclarationError(
            f"its backbone {name!r} is no Converted model with layers.",
            where=where,
            remedy="Name one with Application(…), KerasFile(…), TorchFile(…) or TfjsModel(…).",
        )
    return ModelFile(name, known[name], chosen, source)


def _demand_preprocess(declared: Model, name: str, source: str, where: str) -> None:
    """Preprocessing that is given by source must be given for the one that was chosen."""
    given = declared.preprocess
    if source and isinstance(given, BySource) and source not in given.values:
        raise DeclarationError(
            f"preprocess is not given for {source!r}, the source of the weights of {name!r}.",
            where=where,
            remedy=f"Add {source}=… to its BySource(…).",
        )


def _demand_sources(declared: Transfer, backbone: ModelFile, where: str) -> None:
    """What is given by source must be given for the one that was chosen."""
    for keyword in ("cut", "end", "trainable", "preprocess"):
        value = getattr(declared, keyword)
        if isinstance(value, BySource) and not backbone.weights:
            raise DeclarationError(
                f"{keyword} is given by source, but the weights of {backbone.name!r} have only "
                "one.",
                where=where,
                remedy="Give it without BySource(…).",
            )
        if isinstance(value, BySource) and backbone.weights not in value.values:
            raise DeclarationError(
                f"{keyword} is not given for {backbone.weights!r}, the source of the weights of "
                f"{backbone.name!r}.",
                where=where,
                remedy=f"Add {backbone.weights}=… to its BySource(…).",
            )


def _datasets_learned(model: ModelFile, known: Mapping[str, Path]) -> list[str]:
    """The datasets that a model learns from or is judged on."""
    pretrain = getattr(model.declared, "pretrain", None)
    names = [model.declared.dataset, pretrain.dataset if pretrain else ""]
    names += [model.backbone.declared.dataset] if model.backbone else []
    for name in filter(None, names):
        if name not in known:
            raise DeclarationError(
                f"there is no dataset {name!r} in datasets/.",
                where=f"models/{model.path.name}",
                remedy=suggest(name, known),
            )
    return [name for name in names if name]


def _known(
    choices: Mapping[str, str],
    known: Mapping[str, Path],
    noun: str,
    where: str,
    error: type[DeclarationError] | type[UsageError],
) -> Mapping[str, str]:
    for name in choices:
        if name not in known:
            raise error(
                f"there is no {noun} {name!r} in {noun}s/.",
                where=where,
                remedy=suggest(name, known),
            )
    return choices
