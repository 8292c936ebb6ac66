"""Drawings as SVG that a strict page may hold: no style attributes, no script, no ids that another drawing has.

Matplotlib writes each look as a ``style`` attribute, which a content security policy without ``unsafe-inline`` refuses.
Here each becomes a presentation attribute, so that the page's style sheet can recolour it for a dark screen, points get
their values as titles, and curves the number of their series.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_FONT = re.compile(r"(?:(bold|\d00)\s+)?([\d.]+)px\s")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_LINK = f"{{{_XLINK}}}href"
_ROW = 15
"""Pixels of a line of the legend."""

ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", _XLINK)


@dataclass(frozen=True, slots=True)
class Series:
    """A curve of a drawing, for a legend."""

    name: str
    colour: str
    glyph: str
    """A character that looks like its mark."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as an ``<svg>`` element and the curves in it."""

    svg: str
    series: tuple[Series, ...] = ()
    label: str = ""

    def standalone(self) -> str:
        """A file of its own: with a background and a legend, for a place that has no style sheet."""
        root = _parse(self.svg)
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        tall = height + _ROW * len(self.series) + (8 if self.series else 0)
        root.set("viewBox", f"0 0 {width:g} {tall:g}")
        ground = {"width": f"{width:g}", "height": f"{tall:g}", "fill": "#ffffff"}
        root.insert(1, ElementTree.Element(f"{{{_SVG}}}rect", ground))
        for number, each in enumerate(self.series):
            place = {"y": f"{height + _ROW * number + 10:g}", "font-size": "10", "font-family": "sans-serif"}
            mark = ElementTree.SubElement(root, f"{{{_SVG}}}text", {"x": "12", "fill": each.colour, **place})
            mark.text = each.glyph
            name = ElementTree.SubElement(root, f"{{{_SVG}}}text", {"x": "28", "fill": "#1f2933", **place})
            name.text = each.name
        return ElementTree.tostring(root, encoding="unicode")


def refined(text: str, label: str, tips: Mapping[str, tuple[int | None, Sequence[str]]]) -> str:
    """Clean a drawing of Matplotlib.

    Args:
        text: the drawing.
        label: what it shows, for those who cannot see it.
        tips: by the id of a group: the number of its series, and the title of each of its points in their order.
    """
    root = _parse(text)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith("}metadata") or (child.tag.endswith("}defs") and _holds_style(child)):
                parent.remove(child)
    prefix = hashlib.sha256(text.encode()).hexdigest()[:8]
    used = {name for each in root.iter() for name in _references(each)}
    for each in root.iter():
        _attributes_of_style(each)
        _titles(each, tips)
        name = each.attrib.pop("id", None)
        if name in used:
            each.set("id", f"{prefix}-{name}")
        for key, value in list(each.attrib.items()):
            each.set(key, _REFERENCE.sub(f"url(#{prefix}-\\1)", value))
        if _LINK in each.attrib:
            each.set(_LINK, f"#{prefix}-{each.attrib[_LINK][1:]}")
        each.text = each.text.strip() if each.text and not each.tag.endswith(("}text", "}title")) else each.text
        each.tail = None
        if "d" in each.attrib:
            each.set("d", re.sub(r"(\d+\.\d\d)\d+", r"\1", " ".join(each.attrib["d"].split())))
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", label)
    root.set("stroke-linejoin", "round")
    return ElementTree.tostring(root, encoding="unicode")


def _parse(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - it was drawn here


def _holds_style(defs: ElementTree.Element) -> bool:
    return any(child.tag.endswith("}style") for child in defs)


def _references(element: ElementTree.Element) -> list[str]:
    linked = [element.attrib[_LINK][1:]] if _LINK in element.attrib else []
    return linked + [name for value in element.attrib.values() for name in _REFERENCE.findall(value)]


def _attributes_of_style(element: ElementTree.Element) -> None:
    for declaration in element.attrib.pop("style", "").split(";"):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":
            font = _FONT.match(f"{value} ")
            if font:
                element.set("font-size", font[2])
                element.set("font-family", "inherit")
        elif name:
            element.set(name, value)


def _titles(element: ElementTree.Element, tips: Mapping[str, tuple[int | None, Sequence[str]]]) -> None:
    found = tips.get(element.attrib.get("id", ""))
    if found is None:
        return
    number, titles = found
    if number is not None:
        element.set("class", "series")
        element.set("data-series", str(number))
    points = [each for each in element.iter() if each.tag == f"{{{_SVG}}}use"]
    for point, text in zip(points, titles, strict=False):
        point.set("class", "tip")
        ElementTree.SubElement(point, f"{{{_SVG}}}title").text = text
