"""What a step made under a key, as the store keeps it."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from .key import Ingredients
from .trace import is_inside

_DIGEST = re.compile(r"[0-9a-f]{64}")
_TEXTS = ("key", "step", "digest")
_FIELDS = {*_TEXTS, "files", "ingredients", "seconds", "warnings"}
_INGREDIENTS = {"code", "parameters", "inputs", "versions"}


@dataclass(frozen=True)
class Record:
    """What a step made under a key."""

    key: str
    step: str
    digest: str
    files: Mapping[str, str]
    """From each path in the artifact to the SHA-256 of its bytes."""
    ingredients: Ingredients
    seconds: float
    warnings: tuple[str, ...] = field(default=())

    def part(self, path: str) -> str:
        """The digest of the artifact, or of one file or folder in it; empty if not there."""
        if not path:
            return self.digest
        if path in self.files:
            return self.files[path]
        below = {p: d for p, d in self.files.items() if p.startswith(f"{path}/")}
        return digest_tree(below) if below else ""


def digest_tree(files: Mapping[str, str]) -> str:
    """SHA-256 over the sorted paths and digests of a folder's files."""
    lines = "".join(f"{files[path]}  {path}\n" for path in sorted(files))
    return hashlib.sha256(lines.encode()).hexdigest()


def is_digest(text: object) -> TypeGuard[str]:
    """Whether it is a SHA-256 in hexadecimal, as keys and digests are: 64 digits, small letters."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def write_record(record: Record) -> dict[str, Any]:
    """A record as a JSON value."""
    return {**vars(record), "ingredients": vars(record.ingredients)}


def read_record(value: object) -> Record:
    """A record from the JSON value in the store.

    Raises:
        ValueError: if it is of any other shape, names a file outside its artifact, or its digest
            is not that of its files: such a record may have been written by anybody.
    """
    if not isinstance(value, dict) or value.keys() != _FIELDS:
        raise ValueError("a record has other fields")
    if not all(isinstance(value[name], str) for name in _TEXTS):
        raise ValueError("a text of a record is none")
    files, warnings, seconds = value["files"], value["warnings"], value["seconds"]
    if not _are_digests(files) or not all(is_inside(path) for path in files):
        raise ValueError("the files of a record are a digest for each path inside its artifact")
    if not is_digest(value["key"]) or value["digest"] != digest_tree(files):
        raise ValueError("the key or the digest of a record is none")
    if not isinstance(warnings, list) or not all(isinstance(each, str) for each in warnings):
        raise ValueError("the warnings of a record are texts")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise ValueError("the seconds of a record are a number")
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError("the seconds of a record are a positive number")
    return Record(
        value["key"],
        value["step"],
        value["digest"],
        files,
        read_ingredients(value["ingredients"]),
        float(seconds),
        tuple(warnings),
    )


def read_ingredients(value: object) -> Ingredients:
    """What went into a key, from a JSON value.

    Raises:
        ValueError: if it is of any other shape.
    """
    if not isinstance(value, dict) or value.keys() != _INGREDIENTS:
        raise ValueError("the ingredients of a record have other fields")
    for name in ("code", "inputs", "versions"):
        if not _are_texts(value[name]):
            raise ValueError(f"the {name} of a record are texts by name")
    if not isinstance(value["parameters"], dict):
        raise ValueError("the parameters of a record are an object")
    return Ingredients(**value)


def _are_digests(value: object) -> bool:
    return isinstance(value, dict) and all(is_digest(each) for each in value.values())


def _are_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
