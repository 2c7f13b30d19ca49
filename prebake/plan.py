"""From what a project declares to the steps that build it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from .data.listing import folder_files
from .declare.page import HOME, STATIC, Page
from .declare.project import DatasetFile, Project
from .declare.source import Folder, Synthetic
from .errors import DatasetError, DeclarationError
from .graph.step import Files, Input, Output, Step

PACKAGE = Path(__file__).resolve().parent
BUNDLE = "bundle scripts"
STYLE = "style site"


def plan(project: Project, downloads: Path) -> list[Step]:
    """Every step of the site, in no particular order.

    Args:
        project: what is declared.
        downloads: the folder in which downloads are kept.
    """
    pages = list(project.pages.values())
    return [
        *(
            step
            for file in project.datasets.values()
            for step in _dataset(project, file, downloads)
        ),
        _bundle(project, pages),
        _style(project),
        *(step for page in pages for step in _picture(project, page)),
        *(_render(project, page) for page in pages),
        _extras(project),
        _static(project),
    ]


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
    return Step(
        kind="pack",
        target=file.name,
        run="prebake.steps.pack:run",
        params={"name": file.name, "module": module, "source": _source(project, file)},
        inputs=inputs,
        code=(module,),
        libraries=("numpy", "pillow", "zlib"),
    )


def _source(project: Project, file: DatasetFile) -> dict[str, Any]:
    source = file.source
    described: dict[str, Any] = {
        "name": file.source_name,
        "kind": source.kind,
        "text": source.describe(),
        "licence": source.licence or file.declared.licence,
        "origin": source.origin or file.declared.origin,
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
    return Files(root, tuple(folder_files(path)), label=source.path)


# -- scripts and styles --------------------------------------------------------------------


def _bundle(project: Project, pages: Iterable[Page]) -> Step:
    entries = {page.name: _in_project(project, page.script) for page in pages if page.script}
    # Whatever a script may import: JSON, styles and fonts as well.
    site = project.root / "site"
    scripts = [
        _in_project(project, path)
        for path in sorted(site.rglob("*"))
        if path.is_file()
        and path.suffix not in (".md", ".html", ".toml")
        and path.relative_to(site).parts[0] != STATIC
    ]
    return Step(
        kind="bundle",
        target="scripts",
        run="prebake.steps.bundle:scripts",
        params={"entries": entries},
        inputs={
            "project": Files(project.root, (*scripts, *_locked(project))),
            "tool": Files(PACKAGE, ("steps/bundle.mjs",), label="prebake"),
        },
    )


def _style(project: Project) -> Step:
    sheets = sorted(project.root.glob("site/styles/**/*"))
    paths = [_in_project(project, path) for path in sheets if path.is_file()]
    if "site/styles/site.css" not in paths:
        raise DeclarationError(
            "there is no such file.",
            where="site/styles/site.css",
            remedy="Create it, even if it is empty: every page links it.",
        )
    return Step(
        kind="style",
        target="site",
        run="prebake.steps.bundle:style",
        inputs={
            "project": Files(project.root, (*paths, *_locked(project))),
            "tool": Files(PACKAGE, ("steps/bundle.mjs",), label="prebake"),
        },
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
        "project": Files(project.root, tuple(_page_files(project, page))),
        "style": Output(STYLE, "style.json"),
    }
    if page.script:
        inputs["script"] = Output(BUNDLE, f"pages/{page.name}.json")
    if page.front.picture:
        inputs["picture"] = Output(f"picture {page.name}", "picture.json")
    for name in page.front.datasets:
        inputs[f"dataset {name}"] = Output(f"pack {name}", "card.json")
    params: dict[str, Any] = {"page": page.name, "site": _site_params(project)}
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


def _page_files(project: Project, page: Page) -> list[str]:
    """All that the page may show, and all templates."""
    templates = [p for p in sorted(project.root.glob("templates/**/*")) if p.is_file()]
    return [_in_project(project, path) for path in (*page.files(), *templates)]


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
    paths = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
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
