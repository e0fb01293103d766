"""The offline renderer: a folium map as one HTML page that asks the network for nothing (but for tiles, where
they were asked for).

folium links its scripts and styles from content networks. Here each link is swapped for the file's text; a
link whose file is not at hand raises, so that no page leaves with a hole in it. A content security policy
with the hash of every script and style lets the page run these and load nothing.
"""

import base64
import hashlib
import json
import mimetypes
import re
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any

import folium
import jinja2
from branca.element import CssLink, Element, Figure, JavascriptLink

HERE = Path(__file__).parent
#: Our own scripts, in the order in which they need each other.
SCRIPTS = (
    "words.js",
    "unpack.js",
    "figures.js",
    "fold.js",
    "overlay.js",
    "shapes.js",
    "history.js",
    "operators.js",
    "budget.js",
    "sites.js",
    "labels.js",
    "basemap.js",
    "signal.js",
    "tiles.js",
    "furniture.js",
    "cards.js",
    "profile.js",
    "links.js",
    "conference.js",
    "units.js",
    "panel.js",
    "search.js",
    "table.js",
    "address.js",
    "start.js",
)
STYLES = ("page.css", "find.css")


class MissingAssetError(LookupError):
    """A script or style that the page links to and that is not at hand to be put into it."""


def offline_page(data: dict[str, Any]) -> str:
    """The page that shows `data` (see `payload`), whole in one text."""
    return render_offline(_study_map(), data)


def render_offline(world: folium.Map, data: dict[str, Any]) -> str:
    """`world` as a self-contained page with `data` in it, started by `phusong.start`."""
    figure = world.get_root()
    assert isinstance(figure, Figure)
    for child in figure._children.values():
        child.render()
    # folium's own header of a map forbids zooming by hand on phones; its sizes are in page.css.
    figure.header._children.pop(world.get_name(), None)
    figure.header._children.pop("meta_http", None)
    styles, scripts = _inline(figure.header)
    scripts.append(f"{figure.script.render()}\nphusong.start({world.get_name()});")
    page = _template().render(
        language=data["language"],
        title=data["run"]["title"],
        headline=data["headline"],
        policy=_policy(scripts, styles, (data["tiles"] or {}).get("origin", "")),
        styles=styles,
        scripts=scripts,
        world=figure.html.render(),
        data=_json(data),
    )
    _refuse_loads(page)
    return page


def _study_map() -> folium.Map:
    """A bare folium map with Leaflet and our scripts, and none of folium's other libraries."""
    world = folium.Map(
        tiles=None, zoom_control=False, attribution_control=False, zoom_snap=0.25, zoom_delta=0.5, max_zoom=17
    )
    world._id = "study"  # folium's ids are random; the same run must give the same bytes
    world.default_js = [(name, name) for name in ("leaflet.js", *SCRIPTS)]
    world.default_css = [(name, name) for name in ("leaflet.css", *STYLES)]
    return world


def _inline(header: Element) -> tuple[list[str], list[str]]:
    """The texts of the styles and of the scripts that the header links to."""
    styles, scripts = [], []
    for element in header._children.values():
        if isinstance(element, CssLink):
            styles.append(_style(_asset(element.url)))
        elif isinstance(element, JavascriptLink):
            scripts.append(_script(_asset(element.url)))
        else:
            raise MissingAssetError(
                f"the page header has something that cannot be put inline: {element.render()[:200]}"
            )
    return styles, scripts


def _asset(url: str) -> Path:
    """The local file for a linked script or style: ours, or Leaflet's from XStatic-Leaflet."""
    leaflet = Path(import_module("xstatic.pkg.leaflet").BASE_DIR)
    known = {name: HERE / name for name in (*SCRIPTS, *STYLES)}
    known |= {name: leaflet / name for name in ("leaflet.js", "leaflet.css")}
    if url not in known or not known[url].exists():
        raise MissingAssetError(f"no inline replacement for {url}")
    return known[url]


def _script(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.MULTILINE)
    return re.sub(r"</(?=script)", r"<\\/", text, flags=re.IGNORECASE).strip()


def _style(path: Path) -> str:
    """The style sheet with its pictures as data URIs; `url(#…)` points into the page and stays."""

    def picture(match: re.Match[str]) -> str:
        name = match[1].strip("\"' ")
        if name.startswith(("#", "data:")):
            return match[0]
        file = path.parent / name
        if not file.exists():
            raise MissingAssetError(f"no inline replacement for {name} in {path.name}")
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return f"url(data:{kind};base64,{base64.b64encode(file.read_bytes()).decode('ascii')})"

    text = re.sub(r"url\(([^)]*)\)", picture, path.read_text(encoding="utf-8"))
    return text.replace("</style", "<\\/style").strip()


def _policy(scripts: list[str], styles: list[str], pictures: str) -> str:
    """What the page may do: run these scripts, use these styles, show pictures that it carries, and those of
    the origin `pictures` if any."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(_hash(text) for text in scripts)}",
            f"style-src {' '.join(_hash(text) for text in styles)}",
            f"img-src data: {pictures}".strip(),
            "connect-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}'"


def _json(data: dict[str, Any]) -> str:
    """`data` as JSON that can stand inside a script element: nothing in it can end the element.

    >>> _json({"name": "</script>&"})
    '{"name":"\\\\u003c/script\\\\u003e\\\\u0026"}'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(HERE)
    shelf = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
    )
    return shelf.get_template("page.html")


class _Loads(HTMLParser):
    """Collects what a page would load from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("src", "srcset", "href", "data", "poster", "action") and not (value or "").startswith(
                ("#", "data:")
            ):
                self.found.append(f"<{tag} {name}={value}>")


def _refuse_loads(page: str) -> None:
    loads = _Loads()
    loads.feed(page)
    if loads.found:
        raise MissingAssetError(f"the page would load {', '.join(loads.found)}")
