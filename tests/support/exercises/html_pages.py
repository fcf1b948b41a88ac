"""HTML pages, read back."""

from html.parser import HTMLParser

VOID = {"meta", "wbr"}


class Page(HTMLParser):
    """The tags of a page, and the text in each."""

    def __init__(self, text: str):
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.found: dict[str, list[str]] = {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.found.setdefault(tag, []).append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in set(self.open):
            self.found[tag][-1] += data

    def attributes(self, name: str) -> list[str | None]:
        return [found[name] for _, found in self.tags if name in found]
