"""Checks: each kind of fault is found in its file and row; bad rows are set aside, never lost."""

import json

import numpy as np
import pytest
from conftest import SITES, feature, line, square
from terrain_drawn import flat, write_elevation

from phusong.checks import check_region
from phusong.errors import InputError
from phusong.readers import read_region, read_study


def checked(path):
    return check_region(read_region(read_study(path)))


def lines_of(findings) -> str:
    return "\n".join(f.line for f in findings)


def test_a_clean_study_has_no_findings(drawn_study):
    region, findings = checked(drawn_study())
    assert findings == [] and region.set_aside.empty


def test_a_site_far_from_every_commune_is_set_aside_with_the_row_kept(drawn_study):
    region, findings = checked(drawn_study((*SITES, "S9,Trạm Y tế B,Y tế,00002,17.65,15.05,,,,")))
    assert "S9" not in set(region.sites["site_id"])
    (aside,) = region.set_aside.to_dict("records")
    assert (aside["file"], aside["row"]) == ("sites.csv", 6)
    assert json.loads(aside["values"])["site_id"] == "S9"
    assert "swapped" in lines_of(findings)


def test_a_site_outside_its_commune_is_found_and_kept(drawn_study):
    region, findings = checked(drawn_study((*SITES, "S9,Trạm Y tế B,Y tế,00002,107.56,15.05,,,,")))
    assert "S9" in set(region.sites["site_id"])
    assert "sites.csv:6: lies 4.3 km outside its commune B (00002), in A (00001)" in lines_of(findings)


def test_an_identifier_used_twice_keeps_one_row_whatever_the_order(drawn_study):
    twice = "S3,UBND xã B khác,UBND,00002,107.65,15.05,Có,,,"
    kept = set()
    for rows in ((*SITES, twice), (twice, *SITES)):
        region, findings = checked(drawn_study(rows))
        kept.add(region.sites.set_index("site_id").loc["S3", "name"])
        assert len(region.set_aside) == 1 and "site_id S3 is used more than once" in lines_of(findings)
    assert len(kept) == 1


def test_two_rows_that_look_like_one_site(drawn_study):
    _region, findings = checked(drawn_study((*SITES, "S9,Trạm y tế A,Y tế,00001,107.552,15.0511,,,,")))
    assert "looks like S2 again" in lines_of(findings)


def test_a_site_with_no_or_unknown_commune_takes_the_one_it_lies_in(drawn_study):
    region, findings = checked(
        drawn_study(
            (
                *SITES,
                "S8,Trường B,Trường học,,107.651,15.051,,,,",
                "S9,Trường C,Trường học,99999,107.651,15.052,,,,",
            )
        )
    )
    assert region.sites.set_index("site_id").loc[["S8", "S9"], "commune_code"].tolist() == ["00002", "00002"]
    assert "has no commune code" in lines_of(findings) and "99999 is not in the commune layer" in lines_of(
        findings
    )


def test_communes_with_no_site_or_no_office(drawn_study):
    _region, findings = checked(drawn_study(SITES[:2]))
    assert "no list names a site in B" in lines_of(findings)
    _region, findings = checked(drawn_study((*SITES[:2], SITES[3])))
    assert "no list names the UBND office of B" in lines_of(findings)


@pytest.mark.parametrize(("south", "told"), [(14.999999, False), (14.999, True)])
def test_fibre_beside_the_communes_is_no_question_of_its_system_alone(drawn_study, south, told):
    beside = [feature(line((107.52, south), (107.6, south)), fibre_id="F1")]
    said = lines_of(checked(drawn_study(files={"fibre.geojson": beside}))[1])
    assert ("no line of fibre touches any commune; the nearest is 111 m away" in said) == told
    assert ("Is a commune missing" in said) == told and "probably another" not in said


def test_fibre_in_another_coordinate_system_is_found(drawn_study):
    shifted = [feature(line((109.52, 15.05), (109.6, 15.05)), fibre_id="F1")]
    region, findings = checked(drawn_study(files={"fibre.geojson": shifted}))
    assert region.fibre.empty and len(region.set_aside) == 1
    said = lines_of(findings)
    assert "no line of fibre touches any commune" in said and "system is probably another" in said
    metres = [feature(line((554000, 2364000), (560000, 2364000)), fibre_id="F1")]
    with pytest.raises(InputError, match="no known system puts its points into the communes"):
        checked(drawn_study(files={"fibre.geojson": metres}))


def test_a_broken_outline_is_mended_and_said(drawn_study):
    bow = {
        "type": "Polygon",
        "coordinates": [[[107.6, 15.0], [107.7, 15.1], [107.7, 15.0], [107.6, 15.1], [107.6, 15.0]]],
    }
    files = {
        "communes.geojson": [
            feature(square(107.5, 15.0), code="00001", name="A"),
            feature(bow, code="00002", name="B"),
        ]
    }
    region, findings = checked(drawn_study(files=files))
    assert region.communes.geometry.is_valid.all() and len(region.communes) == 2
    assert "communes.geojson:2: the outline is broken" in lines_of(findings)


def test_rows_with_no_position_or_no_name_are_set_aside(drawn_study):
    region, findings = checked(
        drawn_study((*SITES, "S8,,UBND,00001,107.55,15.06,,,,", "S9,Trạm,Y tế,,,15.05,,,,"))
    )
    assert len(region.sites) == 4 and len(region.set_aside) == 2
    assert "sites.csv:6: name is empty" in lines_of(findings)
    assert "sites.csv:7: has no position, and its commune is not clear" in lines_of(findings)


def test_reports_that_the_line_layer_does_not_bear_out(drawn_study):
    far = SITES[2].replace("Không", "Có", 1)
    region, findings = checked(drawn_study((*SITES[:2], far, SITES[3])))
    assert "is reported with fibre, but the nearest known line is 5.4 km away" in lines_of(findings)
    assert len(region.sites) == 4


def test_an_impossible_mast_is_set_aside(drawn_study):
    path = drawn_study()
    with path.with_name("cells.csv").open("a", encoding="utf-8") as file:
        file.write("C3,Viettel,WiMAX,2100,107.65,15.05,30,58\nC4,Viettel,4G,1800,107.65,15.05,-5,58\n")
    region, findings = checked(path)
    assert set(region.cells["cell_id"]) == {"C1", "C2"}
    assert "cells.csv:4: radio is empty" in lines_of(findings)
    assert "cells.csv:5: antenna_height_m cannot be -5" in lines_of(findings)


def test_a_site_outside_the_elevation_model_is_found_and_kept(drawn_study):
    path = drawn_study()
    write_elevation(path.with_name("west.tif"), flat, size=0.19)  # ends at 107.64
    path.write_text(path.read_text() + 'elevation = ["west.tif"]\n')
    region, findings = checked(path)
    assert [(f.row, f.what) for f in findings] == [
        (4, "lies outside the elevation model"),
        (5, "lies outside the elevation model"),
    ]
    assert len(region.sites) == 4


def test_a_tile_far_from_the_communes_is_no_fault(drawn_study):
    path = drawn_study()
    write_elevation(path.with_name("here.tif"), flat)
    write_elevation(path.with_name("there.tif"), flat, west=110.0)
    path.write_text(path.read_text() + 'elevation = "*here.tif"\n')
    _region, findings = checked(path)
    assert findings == []


def test_voids_and_impostors_among_rasters_are_said(drawn_study):
    path = drawn_study()
    write_elevation(path.with_name("dem.tif"), lambda lon, _lat: np.where(lon < 107.55, np.nan, 100.0))
    path.write_text(path.read_text() + 'elevation = "dem.tif"\n')
    _region, findings = checked(path)
    assert "about 25" in findings[0].what and findings[0].file == "dem.tif"
    path.with_name("dem.tif").write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>')
    with pytest.raises(InputError, match=r"is not a \.tif file inside"):
        checked(path)
    path.write_text(path.read_text().replace("dem.tif", "none*.tif"))
    with pytest.raises(InputError, match="there is no such raster"):
        checked(path)


@pytest.mark.reference
def test_every_row_of_the_real_list_is_kept(shared, nam_giang):
    region, _findings = checked(nam_giang)
    assert len(region.sites) == 52 and region.set_aside.empty
