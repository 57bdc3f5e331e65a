"""How Sphinx makes the site of docs/: `make docs`; all that it warns of is an error.

Pages are Markdown. What they show of code, tables and figures is written in them here,
as `docs/marks.py` says; the texts that stand elsewhere are taken in as they are.
"""

from importlib.metadata import version as version_of

from sphinx.application import Sphinx

from docs.marks import fill

__all__ = ["setup"]

# Names that Sphinx reads.
project = "ibroker"
version = release = version_of("ibroker")
extensions = ["myst_parser"]
exclude_patterns = ["pictures"]
nitpicky = True
myst_heading_anchors = 4  # links as on GitHub: page.md#heading
smartquotes = False  # commands must stay as they are typed
html_theme = "alabaster"
html_theme_options = {
    "description": "The postkantoor for Wmo and Jeugdwet messages",
    "fixed_sidebar": True,
    "page_width": "72rem",
    "sidebar_width": "17rem",
    "body_max_width": "none",
}
html_static_path = ["static"]
html_css_files = ["tables.css"]
html_show_copyright = html_show_sphinx = html_copy_source = False


def setup(app: Sphinx) -> None:
    """Fill in the marks of each page, and of each text that it takes in."""
    app.connect("source-read", lambda _app, _page, text: _fill(text))
    app.connect("include-read", lambda _app, _path, _page, text: _fill(text))


def _fill(text: list[str]) -> None:
    text[0] = fill(text[0])
