"""Inputs as ITU's Connectivity Planning Platform has them, drawn: two islands, five points of interest."""

from pathlib import Path

import geopandas as gpd
import shapely

#: Two islands. In the west a node of fibre (F), a school beside it and one far away; a clinic in the east.
#:
#:     F school ········ market                     hospital (4G)
POINTS = """poi_id,source_poi_id,lat,lon,poi_type,connectivity_type,number_of_users,total_mbps
p-1,POI1,0.3000,6.6000,school,,300,
p-2,POI2,0.3000,6.7500,market,Unconnected,,12
p-3,POI3,1.6000,7.4000,hospital,Satellite,5,
p-4,POI4,0.3010,6.6010,government,Fiber,,
p-5,POI5,0.3020,6.6000,school,pigeon,,
"""
NODES = """ict_id,source_ict_id,lat,lon,physical_infrastructure_provider,transmission_medium
n-1,FNODE1,0.3005,6.6005,CST,fiber
n-2,MNODE2,0.3000,6.7400,CST,microwave
"""
CELLS = """ict_id,lat,lon,operator_name,radio_type,antenna_height
c-1,1.6001,7.4001,OPERATOR_A,4G,25
"""


def draw_itu(folder: Path) -> Path:
    """The files in a folder of their own, with an output of the platform beside them."""
    (folder / "output").mkdir(parents=True)
    (folder / "example-pointsofinterest.csv").write_text(POINTS, encoding="utf-8")
    (folder / "example-transmissionnode.csv").write_text(NODES, encoding="utf-8")
    (folder / "example-cellsites.csv").write_text(CELLS, encoding="utf-8")
    (folder / "output" / "a-pointofinterest-results.csv").write_text("x,y\n1,2\n", encoding="utf-8")
    cover = gpd.GeoDataFrame(geometry=[shapely.box(7.3, 1.5, 7.5, 1.7)], crs=4326)
    cover.to_file(folder / "example-mobilecoverage.gpkg")
    return folder
