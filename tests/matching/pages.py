"""Reading pages in tests."""

from lxml import html
from werkzeug.test import TestResponse


def parse(response: TestResponse) -> html.HtmlElement:
    return html.fromstring(response.get_data(as_text=True))


def texts(page: html.HtmlElement, selector: str) -> list[str]:
    """The text of all elements an XPath expression finds, in single spaces."""
    return [" ".join(element.text_content().split()) for element in page.xpath(selector)]


def by_class(name: str, inside: str = "") -> str:
    """XPath of elements with a CSS class."""
    return f"{inside}//*[contains(concat(' ', @class, ' '), ' {name} ')]"


def titles(page: html.HtmlElement) -> list[str]:
    """Titles of the listings on a search page or among matches, in order."""
    return texts(page, by_class("listing-title") + "/a")


def listing_urls(page: html.HtmlElement) -> list[str]:
    return [link.get("href") for link in page.xpath(by_class("listing-title") + "/a")]


def total(page: html.HtmlElement) -> str:
    return texts(page, by_class("search-total") + "/strong")[0]
