"""A server on this machine that serves drawn open data in their true formats, and fails as asked."""

import gzip
import hashlib
import io
import json
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from conftest import feature, square
from rasterio.io import MemoryFile
from rasterio.transform import from_origin


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: str = ""


@dataclass
class Served:
    """A file to serve; `faults` are used up, one a request, each given the handler and doing the answer."""

    content: bytes
    etag: str = '"one"'
    content_type: str = "application/octet-stream"
    ranges: bool = True
    faults: list[Callable[["Handler", "Served"], None]] = field(default_factory=list)


@dataclass
class OpenData:
    """The server: its address, what it serves by path, and what it was asked."""

    address: str
    files: dict[str, Served] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    #: Answers of the Overpass server by a word of the question.
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, path: str) -> list[Asked]:
        return [a for a in self.asked if a.path == path]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world: OpenData

    def log_message(self, *_said: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.answer("")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.answer(parse_qs(body).get("data", [""])[0])

    def answer(self, body: str) -> None:
        said = urlsplit(self.path)
        self.world.asked.append(
            Asked(self.command, said.path, parse_qs(said.query), dict(self.headers.items()), body)
        )
        served = self.world.files.get(said.path)
        if said.path == "/overpass" and (served is None or not served.faults):
            served = Served(json.dumps(self.overpass(body)).encode(), content_type="application/json")
        if served is None:
            self.plain(404, b"<html>Not found</html>", {"Content-Type": "text/html"})
        elif served.faults:
            served.faults.pop(0)(self, served)
        else:
            self.whole(served)

    def overpass(self, body: str) -> dict[str, Any]:
        found = next((a for word, a in self.world.answers.items() if word in body), {"elements": []})
        return {"version": 0.6, "osm3s": {"timestamp_osm_base": "2025-10-02T08:00:00Z"}, **found}

    def plain(self, status: int, content: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def begin(self, served: Served) -> int:
        """Where the answer begins: after what the client has, when it asks so and the file is the same."""
        asked, mark = self.headers.get("Range", ""), self.headers.get("If-Range")
        if not served.ranges or not asked.startswith("bytes=") or mark not in (None, served.etag):
            return 0
        return int(asked[6:].split("-")[0])

    def head(self, served: Served, begin: int, length: int | None = None) -> None:
        total = len(served.content)
        if begin >= total:
            self.plain(416, b"", {"Content-Range": f"bytes */{total}"})
            return
        self.send_response(206 if begin else 200)
        self.send_header("Content-Type", served.content_type)
        if served.etag:
            self.send_header("ETag", served.etag)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{total - 1}/{total}")
        self.send_header("Content-Length", str(total - begin if length is None else length))
        self.end_headers()

    def whole(self, served: Served) -> None:
        begin = self.begin(served)
        self.head(served, begin)
        if begin < len(served.content):
            self.wfile.write(served.content[begin:])


# ---- Faults: each is one answer.


def cut(after: int) -> Callable[[Handler, Served], None]:
    """The connection ends `after` bytes of what is asked for."""

    def fault(handler: Handler, served: Served) -> None:
        begin = handler.begin(served)
        handler.head(served, begin)
        handler.wfile.write(served.content[begin : begin + after])
        handler.wfile.flush()
        handler.close_connection = True
        handler.connection.close()

    return fault


def status(code: int, **headers: str) -> Callable[[Handler, Served], None]:
    def fault(handler: Handler, _served: Served) -> None:
        handler.plain(code, b"busy", {name.replace("_", "-"): value for name, value in headers.items()})

    return fault


def instead(content: bytes, content_type: str = "text/html") -> Callable[[Handler, Served], None]:
    """Something else, with a good status."""

    def fault(handler: Handler, _served: Served) -> None:
        handler.plain(200, content, {"Content-Type": content_type})

    return fault


def silent(after: int, seconds: float) -> Callable[[Handler, Served], None]:
    """A few bytes, then nothing for longer than a client waits."""

    def fault(handler: Handler, served: Served) -> None:
        begin = handler.begin(served)
        handler.head(served, begin)
        handler.wfile.write(served.content[begin : begin + after])
        handler.wfile.flush()
        time.sleep(seconds)
        handler.close_connection = True

    return fault


def slow(pieces: int, pause_s: float) -> Callable[[Handler, Served], None]:
    """All of it, a little at a time."""

    def fault(handler: Handler, served: Served) -> None:
        begin = handler.begin(served)
        handler.head(served, begin)
        step = max(len(served.content[begin:]) // pieces, 1)
        for at in range(begin, len(served.content), step):
            try:
                handler.wfile.write(served.content[at : at + step])
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(pause_s)

    return fault


def redirect(to: str) -> Callable[[Handler, Served], None]:
    def fault(handler: Handler, _served: Served) -> None:
        handler.plain(302, b"", {"Location": to})

    return fault


def changed_then(content: bytes, etag: str) -> Callable[[Handler, Served], None]:
    """The file is another from now on; this request is already answered from the new one."""

    def fault(handler: Handler, served: Served) -> None:
        served.content, served.etag = content, etag
        handler.whole(served)

    return fault


def ignoring_if_range(content: bytes, etag: str) -> Callable[[Handler, Served], None]:
    """A server that sends the rest of another file, whatever If-Range says."""

    def fault(handler: Handler, served: Served) -> None:
        served.content, served.etag = content, etag
        begin = int(handler.headers.get("Range", "bytes=0-")[6:].split("-")[0])
        handler.head(served, begin)
        handler.wfile.write(served.content[begin:])

    return fault


def without_length(after: int | None = None) -> Callable[[Handler, Served], None]:
    """No Content-Length: the end of the connection is the end of the file, also when it is cut."""

    def fault(handler: Handler, served: Served) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.wfile.write(served.content[:after])
        handler.close_connection = True

    return fault


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_said: Any) -> None:
        """A client that goes away in the middle is part of the tests."""


@contextmanager
def serving() -> Iterator[OpenData]:
    """A server on a free port of this machine; it ends with the block."""
    server = Server(("127.0.0.1", 0), Handler)
    world = OpenData(f"http://127.0.0.1:{server.server_address[1]}")
    handler = type("OneHandler", (Handler,), {"world": world})
    server.RequestHandlerClass = handler
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()


# ---- Files in their true formats.


def tif(cells: np.ndarray, west: float, north: float, cell: float, nodata: float | None = None) -> bytes:
    """A cloud-optimised GeoTIFF of one band in degrees."""
    with MemoryFile() as memory:
        with memory.open(
            driver="COG",
            height=cells.shape[0],
            width=cells.shape[1],
            count=1,
            dtype=cells.dtype,
            crs="EPSG:4326",
            transform=from_origin(west, north, cell, cell),
            nodata=nodata,
            compress="DEFLATE",
            BLOCKSIZE=128,
        ) as out:
            out.write(cells, 1)
        return bytes(memory.read())


def zipped(name: str, features: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            name, json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
        )
    return out.getvalue()


def parquet(rows: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), out)
    return out.getvalue()


def md5(content: bytes) -> str:
    return f"md5:{hashlib.md5(content).hexdigest()}"


# ---- A drawn district: four communes in a square of 0.2°, as GADM writes them.

WEST, SOUTH = 107.4, 15.5
#: Name as GADM has it, its code and type in the list of units, residents in the census.
COMMUNES = (
    ("LaDêê", "20704", "Xã La Dêê", 1_440),
    ("ĐắcTôi", "20705", "Xã Đắc Tôi", 901),
    ("Laêê", "20698", "Xã La Êê", 930),
    ("ChơChun", "20699", "Xã Chơ Chun", 407),
)


def corner(number: int) -> tuple[float, float]:
    return WEST + 0.1 * (number % 2), SOUTH + 0.1 * (number // 2)


def gadm() -> bytes:
    rows = [
        feature(
            square(*corner(i)),
            GID_3=f"VNM.47.8.{i + 1}_1",
            NAME_1="QuảngNam",
            NAME_2="NamGiang",
            NAME_3=name,
            TYPE_3="Xã",
        )
        for i, (name, *_rest) in enumerate(COMMUNES)
    ]
    rows.append(
        feature(
            square(108.2, 16.0),
            GID_3="VNM.19.1.1_1",
            NAME_1="ĐàNẵng",
            NAME_2="HòaVang",
            NAME_3="HòaBắc",
            TYPE_3="Xã",
        )
    )
    return zipped("gadm41_VNM_3.json", rows)


def unit_list() -> bytes:
    communes = [{"level3_id": code, "name": full, "type": "Xã"} for _n, code, full, _p in COMMUNES]
    return json.dumps(
        {
            "data": [
                {
                    "level1_id": "49",
                    "name": "Tỉnh Quảng Nam",
                    "level2s": [{"level2_id": "510", "name": "Huyện Nam Giang", "level3s": communes}],
                },
                {
                    "level1_id": "48",
                    "name": "Thành phố Đà Nẵng",
                    "level2s": [
                        {
                            "level2_id": "497",
                            "name": "Huyện Hòa Vang",
                            "level3s": [{"level3_id": "20290", "name": "Xã Hòa Bắc", "type": "Xã"}],
                        }
                    ],
                },
            ]
        },
        ensure_ascii=False,
    ).encode()


def node(number: int, lon: float, lat: float, **tags: str) -> dict[str, Any]:
    tags = {name.replace("__", ":"): value for name, value in tags.items()}
    return {"type": "node", "id": number, "lon": lon, "lat": lat, "tags": tags}


def way(number: int, *corners: tuple[float, float], **tags: str) -> dict[str, Any]:
    return {
        "type": "way",
        "id": number,
        "tags": tags,
        "geometry": [{"lon": lon, "lat": lat} for lon, lat in corners],
    }


def overpass_answers() -> dict[str, dict[str, Any]]:
    offices = [
        node(10 + i, corner(i)[0] + 0.05, corner(i)[1] + 0.05, amenity="townhall", name=f"UBND xã {full[3:]}")
        for i, (_n, _c, full, _p) in enumerate(COMMUNES)
    ]
    hall = {
        "type": "way",
        "id": 30,
        "center": {"lon": 107.47, "lat": 15.57},
        "tags": {"amenity": "community_centre", "name": "Nhà văn hóa thôn Đắc Ốc"},
    }
    school = node(31, 107.56, 15.56, amenity="school", isced__level="1")
    beyond = node(32, 107.9, 15.9, amenity="school", name="Trường xa")
    return {
        "amenity": {"elements": [*offices, hall, school, beyond, offices[0]]},
        "highway": {
            "elements": [
                way(
                    50,
                    (107.39, 15.55),
                    (107.45, 15.55),
                    (107.55, 15.55),
                    (107.61, 15.55),
                    highway="primary",
                    ref="QL14D",
                ),
                way(51, (107.45, 15.55), (107.45, 15.65), highway="track"),
                way(52, (107.55, 15.55), (107.55, 15.65), highway="unclassified"),
            ]
        },
        "waterway": {
            "elements": [way(60, (107.4, 15.6), (107.6, 15.61), waterway="river", name="Sông Bung")]
        },
        '"power"': {
            "elements": [
                way(70, (107.4, 15.551), (107.6, 15.551), power="minor_line", voltage="22000"),
                way(71, (107.4, 15.58), (107.6, 15.58), power="line", voltage="500000"),
            ]
        },
        "place": {"elements": [node(80, 107.46, 15.56, place="hamlet", name="Đắc Ốc")]},
        "man_made": {
            "elements": [
                node(90, 107.5, 15.6, man_made="mast", operator="Viettel"),
                node(91, 107.5, 15.61, man_made="tower", tower__type="bell_tower"),
            ]
        },
    }


def heights(lon: int, lat: int) -> bytes:
    """A tile of one degree with hills, 0.01° cells."""
    y, x = np.mgrid[0:100, 0:100]
    ground = 500 + 200 * np.sin(x / 9 + lon) + 150 * np.cos(y / 7 + lat)
    return tif(ground.astype(np.float32), lon, lat + 1, 0.01)


def residents() -> bytes:
    """Residents of a country in 0.01° cells, far too many of them in the last commune; a void beside it."""
    rng = np.random.default_rng(7)
    people = rng.gamma(0.5, 8.0, (300, 300)).astype(np.float32)
    people[(np.arange(300) % 17 == 0), :] = -99999
    return tif(people, 106.0, 17.0, 0.01, -99999)


def cell_list() -> bytes:
    header = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal"
    rows = [
        "LTE,452,4,3001,77001,0,107.45,15.55,1200,1,1,1500000000,1600000000,0",
        "UMTS,452,2,3001,77002,0,107.55,15.65,900,14,1,1500000000,1600000000,-90",
        "LTE,452,99,3001,77003,0,107.56,15.65,900,14,1,1500000000,1600000000,0",
        "LTE,452,4,3001,77004,0,109.0,12.0,900,14,1,1500000000,1600000000,0",
        "half a line",
    ]
    return gzip.compress("\n".join([header, *rows]).encode(), mtime=0)


def speed_tiles() -> bytes:
    def ring(west: float, south: float) -> str:
        east, north = west + 0.0055, south + 0.0053
        return f"POLYGON(({west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}))"

    common = {"avg_u_kbps": 4000, "avg_lat_ms": 41, "tests": 3, "devices": 2}
    return parquet(
        [
            {"quadkey": "1322100011112222", "tile": ring(107.45, 15.55), "avg_d_kbps": 12500, **common},
            {"quadkey": "1322100011113333", "tile": ring(109.45, 12.55), "avg_d_kbps": 99000, **common},
        ]
    )


#: Source → path on the server.
PATHS = {
    "boundaries": "/gadm41_VNM_3.json.zip",
    "units": "/dvhcvn.json",
    "osm": "/overpass",
    "elevation": "/dem/{ns}{lat:02d}_{ew}{lon:03d}.tif",
    "landcover": "/worldcover/{ns}{lat:02d}{ew}{lon:03d}_Map.tif",
    "population": "/vnm_ppp_2020.tif",
    "cells": "/ocid/downloads/452.csv.gz",
    "speeds": "/tiles.parquet",
}


def landcover() -> bytes:
    classes = np.full((300, 300), 10, np.uint8)
    classes[:, 250:] = 80
    return tif(classes, 105, 18, 0.01, 0)


def drawn_world(world: OpenData) -> OpenData:
    """The drawn district on the server."""
    world.files |= {
        "/gadm41_VNM_3.json.zip": Served(gadm(), content_type="application/zip"),
        "/dvhcvn.json": Served(unit_list(), content_type="text/plain"),
        "/dem/N15_E107.tif": Served(heights(107, 15)),
        "/worldcover/N15E105_Map.tif": Served(landcover()),
        "/vnm_ppp_2020.tif": Served(residents()),
        "/ocid/downloads/452.csv.gz": Served(cell_list()),
        "/tiles.parquet": Served(speed_tiles()),
    }
    world.answers = overpass_answers()
    return world


def sources_of(world: OpenData) -> list[str]:
    """The command line's --source options for the server."""
    return [f"{name}={world.address}{path}" for name, path in PATHS.items()]


def census_csv() -> str:
    rows = [f"{code},{people}" for _n, code, _f, people in COMMUNES]
    return "\n".join(["commune_code,population", *rows]) + "\n"
