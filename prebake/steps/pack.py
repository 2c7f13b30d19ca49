"""The step that packs a dataset into sheets and describes them in a manifest.

What an author says about the dataset (its title, its licence) is no part of it: a new title must
pack nothing and train nothing again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.checked import Checked, check
from ..data.contact import contact_sheet, twins_sheet
from ..data.folder import load_folder
from ..data.kept import write_kept
from ..data.listing import other_files
from ..data.packed import KEPT, TWINS
from ..data.sheet import Coding, choose_coding, in_sheets, make_sheet
from ..declare.dataset import Dataset
from ..declare.module import author_error, load_declaration
from ..declare.schema import suggest
from ..declare.source import Folder, Kaggle, Source, Synthetic, informed
from ..errors import DatasetError, PrebakeError

if TYPE_CHECKING:
    from ..graph.step import Context

FORMAT = "prebake-dataset/1"
FACTS = "facts.json"
"""What was measured, for the card."""
PROBE, PROBE_PIXELS = 1000, 4_000_000
"""How many tiles, and how many pixels in all, the coding is chosen by at most."""


def run(context: Context) -> None:
    """Reads, divides, orders and packs the samples; writes ``site/data/NAME/DIGEST/``."""
    dataset = load_declaration(context.root, context.root / context.params["module"], Dataset)
    samples = read_samples(context, dataset)
    if samples.torn:
        context.warn(
            f"{context.params['module']}: no division was found that keeps groups whole and "
            "has every class on both sides, so that samples were divided one by one, which "
            "flatters what is measured. Get more groups, with several classes each."
        )
    for label, share in samples.uneven:
        context.warn(
            f"{context.params['module']}: {share:.0%} of {dataset.classes[label]!r} are held out, "
            f"where Holdout(test={dataset.holdout.test}) asks for {dataset.holdout.test:.0%}; "
            "whole groups come no nearer."
        )
    if len(samples.twins) and dataset.duplicates == "warn":
        context.warn(
            f"{context.params['module']}: {len(np.unique(samples.twins.held))} held-out samples "
            "have twins to learn from, which flatters what is measured. Set duplicates='drop'."
        )
        _write_twins(samples, context.out / TWINS)
    filling, kept = context.out / "filling", context.out / KEPT
    filling.mkdir()
    published = _published(dataset, samples, context.params["module"])
    if len(published) < len(samples.splits):
        kept.mkdir()
    probe = _probe(samples, published)
    coding = choose_coding(samples.read_many(probe)) if len(probe) else None
    splits = {
        name: _split(samples, name, coding, dataset, filling, context)
        if coding and name in published
        else _kept(samples, name, dataset, kept, context)
        for name in samples.splits
    }
    manifest = _manifest(context, dataset, samples, splits)
    _write_contact(samples, dataset, filling / "contact.png")
    if len(samples.twins):
        picture = twins_sheet(samples.twins, samples.name, samples.read)
        picture.save(filling / "twins.png", "PNG", optimize=True)
    shown = {**manifest, "splits": {name: splits[name] for name in published}}
    if kept.is_dir():
        _write_manifest(manifest, kept)
    digest = _write_manifest(shown, filling)
    home = context.out / "site" / "data" / context.params["name"] / digest
    home.parent.mkdir(parents=True)
    filling.rename(home)
    facts = _facts(manifest, shown, samples, dataset, home, coding)
    (context.out / FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1), "utf-8")


def read_samples(context: Context, dataset: Dataset) -> Checked:
    """Runs the loader that goes with the chosen source and checks what it returns."""
    path = context.root / context.params["module"]
    where = f"{context.params['module']}, source {context.params['source']['name']!r}"
    source = _source(context, dataset)

    def read(done: int, total: int) -> None:
        context.progress(done, total, "read")

    try:
        if isinstance(source, Synthetic):
            samples = source.draw(lambda done, total: context.progress(done, total, "drawn"))
        elif source.load is not None:
            samples = informed(source.load, context.inputs["files"], read)
        elif isinstance(source, Folder | Kaggle) or dataset.load is None:
            folder = _folder(context, source)
            samples = load_folder(folder, dataset.classes, _names(source), context.root)
            _say_what_is_left_out(context, folder)
            if dataset.group is not None:
                files = [Path(str(each)) for each in samples.images]
                samples.group = [str(dataset.group(file.name)) for file in files]
        else:
            samples = informed(dataset.load, context.inputs["files"], read)
    except PrebakeError:
        raise
    except Exception as error:
        raise author_error(context.root, path, error, "load() raised") from None
    cache = context.scratch / "decoded"
    return check(samples, dataset, where, cache=cache, report=context.progress)


def _say_what_is_left_out(context: Context, folder: Path) -> None:
    others = other_files(folder, context.root)
    if others:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(others.items())[:10])
        context.warn(
            f"{context.params['module']}: {sum(others.values()):,} files are no images that are "
            f"read, and are left out: {kinds}."
        )


def _source(context: Context, dataset: Dataset) -> Source:
    chosen = context.params["source"]
    if chosen["name"] in dataset.sources:
        return dataset.sources[chosen["name"]]
    return Folder(chosen["path"], names=chosen["names"])


def _names(source: Source) -> dict[str, str] | None:
    return getattr(source, "names", None)


def _folder(context: Context, source: Source) -> Path:
    inside = context.params["source"].get("inside", "")
    if isinstance(source, Kaggle):
        inside = source.path
    return context.inputs["files"] / inside


def _probe(samples: Checked, published: list[str]) -> np.ndarray:
    """Samples by which the coding is chosen; none if there is nothing to code."""
    largest = max((samples.splits[name] for name in published), key=len, default=np.empty(0, int))
    height, width, _ = samples.tile
    return largest[: max(1, min(PROBE, PROBE_PIXELS // (height * width)))]


def _write_twins(samples: Checked, path: Path) -> None:
    """For each split the places, in packed order, of samples with twins in an earlier one."""
    places = {
        name: np.flatnonzero(np.isin(members, samples.twins.held)).tolist()
        for name, members in samples.splits.items()
    }
    path.write_text(json.dumps(places), "utf-8")


def _duplicates(samples: Checked, dataset: Dataset) -> dict[str, Any]:
    twins = samples.twins
    return {
        "found": len(np.unique(twins.learned)),
        "held": len(np.unique(twins.held)),
        "equal": len(np.unique(twins.learned[twins.likeness == 1])),
        "near": dataset.likeness,
        "done": dataset.duplicates,
        "picture": "twins.png" if len(twins) else "",
    }


def _published(dataset: Dataset, samples: Checked, where: str) -> list[str]:
    """The splits that go to the site, in their order."""
    if dataset.publish is None:
        return []
    unknown = [name for name in dataset.publish if name not in samples.splits]
    if unknown:
        raise DatasetError(
            f"publish names the split {unknown[0]!r}.",
            where=where,
            remedy=suggest(unknown[0], list(samples.splits)),
        )
    return [name for name in samples.splits if not dataset.publish or name in dataset.publish]


def _split(
    samples: Checked,
    split: str,
    coding: Coding,
    dataset: Dataset,
    out: Path,
    context: Context,
) -> dict[str, Any]:
    """Packs one split into sheets; a thread holds one sheet in memory at a time."""
    members = samples.splits[split]
    sheets = list(in_sheets(len(members), coding.tiles))

    def pack(number: int) -> dict[str, Any]:
        mine = members[sheets[number].start : sheets[number].stop]
        sheet = make_sheet(samples.read_many(mine), coding)
        name = f"{split}-{number:03d}.{coding.format}"
        (out / name).write_bytes(sheet.data)
        return {
            "file": name,
            "bytes": len(sheet.data),
            "width": sheet.width,
            "height": sheet.height,
            "samples": len(mine),
            "crc32": sheet.crc32,
            **_told(samples, mine, dataset),
        }

    entries = []
    done = 0
    for entry in _in_threads(pack, len(sheets)):
        entries.append(entry)
        done += entry["samples"]
        context.progress(done, len(members), f"{split} images")
    return {**_counted(samples, members, dataset), "sheets": entries}


def _kept(
    samples: Checked, split: str, dataset: Dataset, out: Path, context: Context
) -> dict[str, Any]:
    """Stores one split that is not published, as an array."""
    members = samples.splits[split]

    def report(done: int, total: int) -> None:
        context.progress(done, total, f"{split} images")

    path = out / f"{split}.npy"
    array = write_kept(path, members, samples.read_many, samples.tile, report)
    array |= _told(samples, members, dataset)
    return {**_counted(samples, members, dataset), "sheets": [], "array": array}


def _counted(samples: Checked, members: np.ndarray, dataset: Dataset) -> dict[str, Any]:
    counts = np.bincount(samples.labels[members], minlength=len(dataset.classes))
    return {"samples": len(members), "counts": counts.tolist()}


def _told(samples: Checked, members: np.ndarray, dataset: Dataset) -> dict[str, str]:
    """Labels and groups of some samples, as a manifest has them."""
    told = {"labels": _encoded(samples.labels[members], len(dataset.classes))}
    if samples.group_numbers is not None:
        told["groups"] = _encoded(samples.group_numbers[members], 1 << 16)
    return told


def _in_threads(pack: Any, count: int) -> Iterator[dict[str, Any]]:
    """``pack(0)``, ``pack(1)``, … in order; zlib and the codecs let threads run."""
    threads = max(1, min(8, os.cpu_count() or 1))
    with ThreadPoolExecutor(threads) as pool:
        # A result is a few numbers, so all of them may wait; a tile array lives only in pack.
        yield from pool.map(pack, range(count))


def _encoded(numbers: np.ndarray, most: int) -> str:
    """Base64 of little-endian uint8, or uint16 where a number may exceed 255."""
    kind = "<u1" if most <= 256 else "<u2"
    return base64.b64encode(numbers.astype(kind).tobytes()).decode()


def _manifest(
    context: Context, dataset: Dataset, samples: Checked, splits: dict[str, Any]
) -> dict[str, Any]:
    source = context.params["source"]
    height, width, channels = dataset.tile
    manifest = {
        "format": FORMAT,
        "name": context.params["name"],
        "source": {
            "name": source["name"],
            "kind": source["kind"],
            "text": source["text"],
            "generated": source["kind"] == Synthetic.kind,
        },
        "tile": {"height": height, "width": width, "channels": channels},
        "classes": list(dataset.classes),
        "label_type": "uint8" if len(dataset.classes) <= 256 else "uint16",
        "splits": splits,
    }
    if samples.groups is not None:
        manifest["groups"] = np.unique(samples.groups).tolist()
    if sum(split["samples"] for split in splits.values()) == 0:
        raise DatasetError("there is nothing to pack.", where=context.params["name"])
    return manifest


def _write_manifest(manifest: dict[str, Any], folder: Path) -> str:
    """Writes ``manifest.json`` and returns its digest, which names the folder."""
    text = json.dumps(manifest, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    sheets = "".join(
        hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())
    )
    digest = hashlib.sha256((text + sheets).encode()).hexdigest()[:16]
    text = json.dumps({**manifest, "digest": digest}, ensure_ascii=False, separators=(",", ":"))
    (folder / "manifest.json").write_text(text, "utf-8")
    return digest


def _write_contact(samples: Checked, dataset: Dataset, path: Path) -> None:
    members: dict[int, list[int]] = {i: [] for i in range(len(dataset.classes))}
    for numbers in samples.splits.values():
        for number in numbers:
            members[int(samples.labels[number])].append(int(number))
    contact_sheet(dataset.classes, members, samples.read).save(path, "PNG", optimize=True)


def _facts(
    manifest: dict[str, Any],
    shown: dict[str, Any],
    samples: Checked,
    dataset: Dataset,
    home: Path,
    coding: Coding | None,
) -> dict[str, Any]:
    """What a card says that was measured; its texts come later (see ``data_card``)."""
    sheets = [sheet for split in shown["splits"].values() for sheet in split["sheets"]]
    return {
        **{k: manifest[k] for k in ("name", "source", "tile", "classes")},
        "digest": home.name,
        "path": f"data/{manifest['name']}/{home.name}",
        "samples": sum(split["samples"] for split in manifest["splits"].values()),
        "splits": {name: split["samples"] for name, split in manifest["splits"].items()},
        "counts": {name: split["counts"] for name, split in manifest["splits"].items()},
        "duplicates": _duplicates(samples, dataset),
        # Only where it is so: what is learned from a dataset goes by its card too.
        **({"torn": True} if samples.torn else {}),
        "published": {name: split["samples"] for name, split in shown["splits"].items()},
        "sheets": len(sheets),
        "sheet_bytes": sum(sheet["bytes"] for sheet in sheets),
        "bytes": sum(sheet["bytes"] for sheet in sheets) + (home / "manifest.json").stat().st_size,
        "format": coding.format if coding else "",
        "filter": coding.row_filter if coding and coding.format == "png" else "",
    }
