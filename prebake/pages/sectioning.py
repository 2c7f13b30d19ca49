"""Each second-level heading of a page opens a ``<section>``; those in quotes and lists do not."""

from __future__ import annotations

import xml.etree.ElementTree as etree

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor


class Sectioning(Extension):
    """Puts what stands before the first heading, and each heading with what follows it, in
    sections of their own."""

    def extendMarkdown(self, md: Markdown) -> None:
        # Behind all others (Python-Markdown's own have priorities from 0): footnotes move too.
        md.treeprocessors.register(_Sections(md), "sectioning", -10)


class _Sections(Treeprocessor):
    def run(self, root: etree.Element) -> None:
        children = list(root)
        for child in children:
            root.remove(child)
        section = None
        for child in children:
            if section is None or child.tag == "h2":
                section = etree.SubElement(root, "section")
                section.text = section.tail = "\n"
            section.append(child)
