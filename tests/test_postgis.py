"""Tables of PostGIS as inputs, and runs published to it: against a real server that the tests start."""

import traceback

import geopandas as gpd
import pytest
from drawn_run import drawn_run, hostile_run
from geopandas.testing import assert_geodataframe_equal
from postgis_cluster import SECRET

from phusong.cli import main
from phusong.errors import InputError, PhuSongError, StudyError
from phusong.publish import publish
from phusong.readers import read_study
from phusong.readers.layers import read_layer
from phusong.readers.postgis import table_of
from phusong.runs import read_run
from phusong.study import Source


def layer(name: str, path: str, **source) -> tuple[gpd.GeoDataFrame, list]:
    from pathlib import Path

    return read_layer(name, Source(path=path, **source), Path("/study") / path)


@pytest.fixture
def sites(postgis):
    """A list of sites in VN-2000 (5899), its headers Vietnamese, its types the database's own."""
    postgis.execute("""
        CREATE SCHEMA so;
        CREATE TABLE so."Điểm" (
            "Mã đơn vị" text PRIMARY KEY, "Tên" text, "Loại" text, "Mã xã" int, "Cáp quang" boolean,
            "Tải xuống" numeric, "Độ trễ" float8, "Ngày báo cáo" timestamptz, khac jsonb,
            hinh extensions.geometry(PointZ, 5899));
        INSERT INTO so."Điểm" VALUES
            ('S2', 'Trạm Y tế A', 'Y tế', 1, NULL, NULL, 0.1, NULL, NULL,
                'SRID=5899;POINT Z(500000 1700000 7)'),
            ('S1', 'UBND xã A', 'UBND', 1, true, 20.50, NULL, '2021-06-30 10:00+07', '{"a": 1}', NULL);
    """)
    return "postgis:so.Điểm"


def test_a_table_is_read_with_its_types_in_the_order_of_its_key(sites):
    frame, findings = layer("sites", sites)
    assert frame["site_id"].tolist() == ["S1", "S2"] and frame["row"].tolist() == [1, 2]
    assert frame["source"].unique().tolist() == ["postgis:so.Điểm"] and not findings
    first, second = frame.iloc[0], frame.iloc[1]
    assert (first["commune_code"], first["fibre_reported"], first["down_mbps"]) == ("00001", "yes", 20.5)
    assert first["report_date"] == "2021-06-30" and second["latency_ms"] == 0.1
    assert first["geometry"] is None and not second["geometry"].has_z
    # 500,000 m east on a zone's central meridian, 107°45': PROJ's datum shift moves it by some 200 m.
    assert abs(second["geometry"].x - 107.75) < 0.003


def test_views_mixed_systems_curves_and_geography_are_read(postgis):
    postgis.execute("""
        CREATE SCHEMA so;
        CREATE TABLE so.tuyen (id text, operator text, hinh extensions.geometry);
        INSERT INTO so.tuyen VALUES
            ('b', 'VNPT', extensions.ST_Transform(
                'SRID=4326;LINESTRING(107.5 15, 107.6 15)'::extensions.geometry, 32648)),
            ('a', 'VNPT', 'SRID=4326;CIRCULARSTRING(107.5 15, 107.55 15.05, 107.6 15)'),
            ('c', 'VNPT', NULL);
        CREATE VIEW so.xem AS
            SELECT id, operator, hinh::extensions.geography AS g FROM so.tuyen WHERE id = 'b2'
            UNION ALL SELECT id, operator, NULL FROM so.tuyen;
    """)
    frame, _ = layer("fibre", "postgis:so.tuyen")
    shapes = dict(zip(frame["fibre_id"], frame.geometry, strict=True))
    assert shapes["b"].bounds == pytest.approx((107.5, 15, 107.6, 15), abs=1e-9)
    assert shapes["a"].geom_type == "LineString" and shapes["a"].bounds[3] == pytest.approx(15.05, abs=1e-3)
    assert shapes["c"] is None
    assert len(layer("fibre", "postgis:so.xem")[0]) == 3


def test_a_table_without_shapes_is_placed_by_its_coordinates(postgis):
    postgis.execute("""
        CREATE SCHEMA so;
        CREATE TABLE so.tram (ma text, "Nhà mạng" text, radio text, "Kinh độ" text, "Vĩ độ" float8);
        INSERT INTO so.tram VALUES ('C1', 'Viettel', '4G', '107,5', 15.25);
    """)
    frame, _ = layer("cells", "postgis:so.tram")
    assert frame.geometry[0].wkt == "POINT (107.5 15.25)" and frame["operator"][0] == "Viettel"


def test_rows_come_in_one_order_whatever_the_order_they_were_put_in(postgis):
    postgis.execute(
        "CREATE SCHEMA so; CREATE TABLE so.t (id text, ten text, g extensions.geometry(Point, 4326))"
    )
    rows = [f"('{i}', 'Bản {i}', 'SRID=4326;POINT(107 {i})')" for i in (3, 1, 2)]
    postgis.execute(f"INSERT INTO so.t VALUES {', '.join(rows)}")
    first, _ = layer("settlements", "postgis:so.t")
    postgis.execute(f"TRUNCATE so.t; INSERT INTO so.t VALUES {', '.join(reversed(rows))}")
    assert_geodataframe_equal(first, layer("settlements", "postgis:so.t")[0])


def test_what_is_not_there_is_said_with_what_is(sites):
    with pytest.raises(InputError, match=r"there is no such table \(input roads\).*so.Điểm"):
        layer("roads", "postgis:so.duong")
    with pytest.raises(InputError, match=r"no column of shapes 'geom'.*hinh"):
        layer("sites", sites, layer="geom")


@pytest.mark.parametrize(
    "path",
    [
        "postgis:host=db password=abc",
        "postgis://u:abc@db/so",
        "postgis:so.t; DROP TABLE so.t",
        'postgis:so."t"',
        "postgis:a.b.c",
        "postgis:",
    ],
)
def test_a_study_names_a_table_and_nothing_else(path):
    with pytest.raises(InputError, match="names no table of PostGIS") as caught:
        table_of(path)
    assert "abc" not in str(caught.value)


ADDRESSES = (
    "host=/nowhere user=keeper password='{secret}'",
    "password={secret} hots=db",
    "{secret}",
    "postgresql://keeper:{secret}@/nowhere:x:y/db",
    "postgresql://keeper:{secret}@localhost:1/db",
)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("secret", ["hunter2", "p@ss/w:rd", "mật khẩu='"])
def test_no_message_repeats_a_secret(monkeypatch, address, secret):
    monkeypatch.setenv("PHUSONG_POSTGIS", address.format(secret=secret) + " ")
    with pytest.raises(PhuSongError) as caught:
        layer("sites", "postgis:so.t")
    said = "".join(traceback.format_exception(caught.value)) + str(vars(caught.value))
    assert "PostGIS: cannot be reached" in said
    for part in (secret, secret.split("@")[-1]):
        assert part not in said.replace("PHUSONG_POSTGIS", "")


def test_a_wrong_password_is_said_as_such(postgis, monkeypatch):
    import os

    from psycopg.conninfo import make_conninfo

    monkeypatch.setenv("PHUSONG_POSTGIS", make_conninfo(os.environ["PHUSONG_POSTGIS"], password="wrong-one"))
    with pytest.raises(PhuSongError, match="user name or password are wrong") as caught:
        layer("sites", "postgis:so.t")
    assert "wrong-one" not in str(caught.value)


def test_without_a_database_named_outside_nothing_is_tried(monkeypatch):
    for name in ("PHUSONG_POSTGIS", "PGSERVICE", "PGHOST", "PGHOSTADDR", "PGDATABASE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(PhuSongError, match="no database is named"):
        layer("sites", "postgis:so.t")


@pytest.fixture
def run():
    return drawn_run()


@pytest.fixture
def run_on_postgis(drawn_study, tmp_path, postgis):
    """A run whose sites and fibre lie in PostGIS."""
    study = drawn_study()
    for name in ("sites", "fibre"):
        file = {"sites": "sites.csv", "fibre": "fibre.geojson"}[name]
        frame, _ = read_layer(name, Source(path=file), study.parent / file)
        postgis.execute("CREATE SCHEMA IF NOT EXISTS vao")
        columns = [c for c in frame.columns if c not in ("geometry", "source", "row")]
        typed = ", ".join(f'"{c}" text' for c in columns)
        postgis.execute(f"CREATE TABLE vao.{name} ({typed}, geom extensions.geometry)")
        for row in frame.astype("object").where(frame.notna(), None).to_dict("records"):
            values = [None if row[c] is None else str(row[c]) for c in columns]
            shape = f"SRID=4326;{row['geometry'].wkt}"
            postgis.execute(
                f"INSERT INTO vao.{name} VALUES ({', '.join(['%s'] * len(columns))}, %s)", [*values, shape]
            )
    text = study.read_text(encoding="utf-8")
    text = text.replace('"sites.csv"', '"postgis:vao.sites"').replace(
        '"fibre.geojson"', '{ path = "postgis:vao.fibre" }'
    )
    study.write_text(text, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["run", str(study), "--out", str(tmp_path / "run"), "--quiet"])
    assert not ended.value.code
    return read_run(tmp_path / "run")


def test_a_run_on_postgis_says_which_tables_it_rests_on_and_no_secret(run_on_postgis, postgis):
    said = run_on_postgis.manifest["inputs"]["sites"][0]
    assert said["file"] == "postgis:vao.sites" and said["rows"] == 4 and len(said["sha256"]) == 64
    for path in run_on_postgis.folder.rglob("*"):
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes()
    assert len(run_on_postgis.tables["sites"]) == 4 and len(run_on_postgis.tables["fibre"]) == 1


def test_other_contents_of_a_table_are_another_run(run_on_postgis, postgis):
    from phusong.readers.postgis import fingerprint

    before = fingerprint("postgis:vao.sites")
    postgis.execute("UPDATE vao.sites SET name = name || ' 2' WHERE site_id = 'S1'")
    after = fingerprint("postgis:vao.sites")
    assert before["sha256"] != after["sha256"] and before["rows"] == after["rows"]


def test_a_scenario_on_another_folder_keeps_the_table(drawn_study, tmp_path):
    study = drawn_study()
    text = study.read_text(encoding="utf-8").replace('"sites.csv"', '"postgis:vao.sites"')
    study.write_text(text.replace('"fibre.geojson"', '{ path = "postgis:vao.fibre" }'), encoding="utf-8")
    (tmp_path / "b").mkdir()
    scenario = tmp_path / "b" / "study.toml"
    scenario.write_text(f'base = "{study.as_posix()}"\n', encoding="utf-8")
    said = read_study(scenario).inputs
    assert (said.sites.path, said.fibre.path) == ("postgis:vao.sites", "postgis:vao.fibre")


def test_a_published_run_has_types_keys_comments_and_spatial_indexes(run, postgis):
    written = publish(run, "ra")
    assert written == {name: len(frame) for name, frame in run.tables.items()} | {"run": 1}
    kinds = dict(
        postgis.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
            "WHERE attrelid = 'ra.segments'::regclass AND attnum > 0"
        ).fetchall()
    )
    assert kinds["length_m"] == "double precision" and kinds["capex_vnd"] == "bigint"
    assert kinds["joins_parts"] == "boolean" and kinds["geometry"] == "extensions.geometry(LineString,4326)"
    indexes = postgis.execute(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'ra' AND tablename = 'gaps'"
    ).fetchall()
    assert any("gist (geometry)" in i for (i,) in indexes) and any("UNIQUE" in i for (i,) in indexes)
    comment = postgis.execute(
        "SELECT col_description('ra.segments'::regclass, attnum) FROM pg_attribute "
        "WHERE attrelid = 'ra.segments'::regclass AND attname = 'length_m'"
    ).fetchone()
    assert comment == ("length [m]",)
    assert postgis.execute("SELECT manifest->>'run_id' FROM ra.run").fetchone() == (run.manifest["run_id"],)
    near = postgis.execute(
        "SELECT count(*) FROM ra.gaps WHERE extensions.ST_DWithin(geometry::extensions.geography,"
        " 'POINT(107.55 15.05)'::extensions.geography, 500)"
    ).fetchone()
    assert near == (2,)  # A1 and A2


def test_publishing_again_replaces_rows_and_keeps_views_and_grants(run, postgis):
    publish(run, "ra")
    postgis.execute(
        "CREATE VIEW ra.ai_do AS SELECT name FROM ra.gaps; DELETE FROM ra.gaps WHERE site_id = 'A1'"
    )
    publish(run, "ra")
    assert postgis.execute("SELECT count(*) FROM ra.ai_do").fetchone() == (6,)


def test_tables_of_others_stop_the_work_and_nothing_is_changed(run, postgis):
    postgis.execute("CREATE SCHEMA ra; CREATE TABLE ra.sites (mine int); INSERT INTO ra.sites VALUES (1)")
    with pytest.raises(PhuSongError, match=r"ra\.sites is there already and was not written by phusong"):
        publish(run, "ra")
    names = postgis.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'ra'").fetchall()
    assert names == [("sites",)] and postgis.execute("SELECT mine FROM ra.sites").fetchone() == (1,)


def test_another_study_does_not_replace_this_ones_tables(run, postgis):
    from dataclasses import replace

    publish(run, "ra")
    other = replace(run, manifest={**run.manifest, "title": "Another"})
    with pytest.raises(PhuSongError, match=r"of another study \(Thử 2021\)"):
        publish(other, "ra")


def test_tables_that_a_new_run_lacks_go_and_no_others(run, postgis):
    from dataclasses import replace

    publish(run, "ra")
    postgis.execute("CREATE TABLE ra.cua_toi (a int)")
    fewer = replace(run, tables={k: v for k, v in run.tables.items() if k != "links"})
    publish(fewer, "ra")
    names = {
        n for (n,) in postgis.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'ra'").fetchall()
    }
    assert "links" not in names and {"cua_toi", "gaps", "run"} <= names


def test_a_failure_half_way_leaves_the_old_tables_whole(run, postgis):
    from dataclasses import replace

    publish(run, "ra")
    broken = run.tables["segments"].assign(segment_id="same")
    worse = replace(run, tables=run.tables | {"gaps": run.tables["gaps"].iloc[:1], "segments": broken})
    with pytest.raises(PhuSongError, match="refused: duplicate key"):
        publish(worse, "ra")
    assert postgis.execute("SELECT count(*) FROM ra.gaps").fetchone() == (6,)


def test_hostile_texts_go_through_untouched(postgis):
    hostile = hostile_run()
    publish(hostile, "ra")
    publish(hostile, "ra")
    there = {name for (name,) in postgis.execute("SELECT name FROM ra.gaps").fetchall()}
    assert there == set(hostile.tables["gaps"]["name"])


@pytest.mark.parametrize("schema", ["pg_catalog", "information_schema", 'a"b', "a b", "", "x" * 70])
def test_a_schema_has_a_plain_name(run, schema):
    with pytest.raises(PhuSongError, match="no name for a schema"):
        publish(run, schema)


def test_a_user_who_may_only_use_the_schema_can_publish(run, postgis, monkeypatch):
    import os

    from psycopg.conninfo import make_conninfo

    postgis.execute("""
        CREATE ROLE clerk LOGIN PASSWORD 'clerk'; CREATE SCHEMA vao; CREATE SCHEMA ra AUTHORIZATION clerk;
        GRANT USAGE ON SCHEMA extensions TO clerk
    """)
    try:
        said = make_conninfo(os.environ["PHUSONG_POSTGIS"], user="clerk", password="clerk")
        monkeypatch.setenv("PHUSONG_POSTGIS", said)
        assert publish(run, "ra")["gaps"] == 6
        with pytest.raises(PhuSongError, match="refused: permission denied for schema vao"):
            layer("sites", "postgis:vao.sites")
    finally:
        postgis.execute("DROP OWNED BY clerk CASCADE; DROP ROLE clerk")


def test_the_command_says_what_it_wrote(run_on_postgis, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["publish", str(run_on_postgis.folder), "--schema", "ra"])
    assert not ended.value.code and "ra.gaps: 4 rows" in capsys.readouterr().out


def test_study_refuses_connection_words(drawn_study):
    study = drawn_study()
    text = study.read_text(encoding="utf-8")
    study.write_text(
        text.replace('"sites.csv"', '{ path = "postgis:so.t", password = "x" }'), encoding="utf-8"
    )
    with pytest.raises(StudyError, match="unknown key"):
        read_study(study)


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch):
    import sys

    monkeypatch.setenv("PHUSONG_POSTGIS", "service=x")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(PhuSongError, match=r"needs the library psycopg.*phusong\[postgis\]"):
        layer("sites", "postgis:so.t")
