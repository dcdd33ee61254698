"""Drawing primitives: elements of one SVG picture, escaped by the XML writer."""

from __future__ import annotations

from xml.etree import ElementTree as Tree

from markupsafe import Markup


def drawing(
    *, key: str, size: tuple[float, float], title: str, description: str
) -> Tree.Element:
    """Begin a picture; `key` makes its ids unique within a page."""
    width, height = size
    root = Tree.Element(
        "svg",
        {
            "class": "chart",
            "viewBox": f"0 0 {_plain(width)} {_plain(height)}",
            "role": "img",
            "aria-labelledby": f"{key}-title {key}-desc",
        },
    )
    add(root, "title", id=f"{key}-title").text = title
    add(root, "desc", id=f"{key}-desc").text = description
    return root


def add(parent: Tree.Element, tag: str, **attributes: str | float) -> Tree.Element:
    """Add an element; `class_` and `text_anchor` become `class` and `text-anchor`."""
    named = {
        name.rstrip("_").replace("_", "-"): _plain(value)
        for name, value in attributes.items()
    }
    return Tree.SubElement(parent, tag, named)


def words(
    parent: Tree.Element, at: tuple[float, float], said: str, **attributes: str | float
) -> Tree.Element:
    """Write words at a point of the picture."""
    element = add(parent, "text", x=at[0], y=at[1], **attributes)
    element.text = said
    return element


def line(
    parent: Tree.Element,
    start: tuple[float, float],
    end: tuple[float, float],
    kind: str,
) -> Tree.Element:
    """Draw a straight line of a kind that the style sheet knows."""
    return add(
        parent, "line", x1=start[0], y1=start[1], x2=end[0], y2=end[1], class_=kind
    )


def written(root: Tree.Element) -> Markup:
    """Write the picture as text that may stand in HTML as it is."""
    return Markup(Tree.tostring(root, encoding="unicode"))


def _plain(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value:.1f}".removesuffix(".0")
