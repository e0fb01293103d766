"""An online background of square pictures (tiles), drawn only where it was asked for."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from phusong.errors import PhuSongError
from phusong.language import _

#: OpenStreetMap's standard tiles; its policy asks for this address, this credit and a page with an address.
OPENSTREETMAP = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
_OPENSTREETMAP_CREDIT = "© OpenStreetMap contributors"
_OPENSTREETMAP_LINK = "https://www.openstreetmap.org/copyright"
#: The nearest zoom that tiles are asked for; nearer by they are drawn larger.
_MAX_ZOOM = 19
_PLACES = {"{z}", "{x}", "{y}"}


@dataclass(frozen=True)
class Tiles:
    """Where tiles come from: an address with {z}, {x}, {y}, and who is to be named for them."""

    url: str
    credit: str
    link: str = ""
    #: Does the server answer only pages that have an address of their own, not files on a disk?
    asks_for_address: bool = False
    max_zoom: int = _MAX_ZOOM

    @property
    def origin(self) -> str:
        """What the page may load from: scheme, host and port."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"


def tiles_from(url: str, credit: str = "") -> Tiles:
    """The tiles at `url`, named `credit` (else as their host). Raises PhuSongError for what is no address of
    tiles.

    >>> tiles_from("http://localhost:8080/{z}/{x}/{y}.png", "Sở").origin
    'http://localhost:8080'
    """
    if url == OPENSTREETMAP:
        said = f"{_OPENSTREETMAP_CREDIT}, {credit}" if credit else _OPENSTREETMAP_CREDIT
        return Tiles(url, said, _OPENSTREETMAP_LINK, asks_for_address=True)
    try:
        parts = urlsplit(url)
        # A port that is no number raises here.
        plain = parts.scheme in ("http", "https") and (parts.port is None or parts.port > 0)
    except ValueError:
        plain = False
    if not plain or not re.fullmatch(r"[A-Za-z0-9.-]+(:\d+)?", parts.netloc):
        raise PhuSongError(
            _("is no address of tiles: it must begin with http:// or https:// and a host"),
            where=url,
            do=_("Give one such as https://tiles.example.vn/{z}/{x}/{y}.png."),
        )
    found = re.findall(r"\{[^}]*\}", url)
    if set(found) != _PLACES or len(found) != len(_PLACES) or re.search(r"[\s\"'<>\\]", url):
        raise PhuSongError(
            _("must hold {z}, {x} and {y} once each, and nothing else in braces"),
            where=url,
            do=_("Give one such as https://tiles.example.vn/{z}/{x}/{y}.png."),
        )
    return Tiles(url, credit or parts.netloc, asks_for_address=parts.netloc.endswith("openstreetmap.org"))
