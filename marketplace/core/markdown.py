"""Markdown that people write → HTML that is safe to show, and → the plain text that is searched."""

import re

import nh3
from lxml import html
from markdown_it import MarkdownIt
from markupsafe import Markup

# No raw HTML and no images: an image would load from elsewhere, which the content policy refuses.
_parser = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable(["table", "strikethrough"])
    .disable(["image", "html_block", "html_inline"])
)
TAGS = {
    "p", "br", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "hr",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "a",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
TOP_HEADING = 2  # a page's own headings are h1 and h2: a text's begin below them
# What Markdown could read as something else than a line of text.
_MARKS = re.compile(r"[*_`\[\]|~\\&<>#]|^\s*[-+=]|^\s*\d+[.)]|^ {4}|^\t| {2}$", re.MULTILINE)


def render_markdown(text: str) -> Markup:
    """Sanitised HTML of a Markdown text."""
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + TOP_HEADING, 6)}"
    rendered = _parser.renderer.render(tokens, _parser.options, {})
    cleaned = nh3.clean(
        rendered,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )
    return Markup(cleaned)  # noqa: S704  # cleaned in the line before


def plain_text(text: str) -> str:
    """The words of a Markdown text without its marks, a line for each block."""
    if not _MARKS.search(text):  # as most texts are, and parsing costs a millisecond
        return "\n".join(line for line in (" ".join(part.split()) for part in text.splitlines()) if line)
    root = html.fragment_fromstring(str(render_markdown(text)), create_parent="div")
    for block in root.iter("p", "li", "tr", "h3", "h4", "h5", "h6", "pre", "br"):
        block.tail = f"\n{block.tail or ''}"
    for cell in root.iter("td", "th"):
        cell.tail = f" {cell.tail or ''}"
    lines = (" ".join(line.split()) for line in root.text_content().splitlines())
    return "\n".join(line for line in lines if line)
