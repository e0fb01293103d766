"""Which of GDAL's drivers may open a file: those of the formats that we read and write, and no other.

Some of the others open what a file names: any file or address (VRT, GDALG, WFS, STACTA, …), whatever the
file's own name is. GDAL opens a file with the first driver that knows its content, so they have to go before
GDAL starts. pyogrio and rasterio each carry a GDAL of their own.
"""

import os

#: What the readers, rasters and exports use; MEM is GDAL's own scratch.
ALLOWED = frozenset(
    {
        *("GeoJSON", "ESRIJSON", "TopoJSON", "GPKG", "KML", "LIBKML", "ESRI Shapefile", "MapInfo File"),
        *("FlatGeobuf", "GML", "GPX", "DXF", "OSM"),
        *("GTiff", "COG", "AAIGrid", "SRTMHGT", "PNG", "MEM", "Memory"),
    }
)
#: The other drivers of GDAL 3.6 to 3.12 (gdal.org, lists of vector and raster drivers).
_OTHERS = """
VRT OGR_VRT GDALG WFS WCS WMS WMTS CSW OAPIF OGCAPI HTTP STACIT STACTA EEDA EEDAI DAAS PLSCENES PLMOSAIC
NGW Carto AmigoCloud Elasticsearch ADBC GTI DERIVED GNMDatabase GNMFile MRF GMLAS SQLite Rasterlite Zarr
netCDF HDF5 HDF5Image ACE2 ADRG AIG AIVector AVCBin AVCE00 AirSAR BAG BIGGIF BLX BMP BSB BT BYN CALS CEOS
COASP COSAR CPG CSV CTG CTable2 DGN DIMAP DIPEx DOQ1 DOQ2 DTED ECRGTOC EDIGEO EHdr EIR ELAS ENVI ERS ESAT
ESRIC FAST FIT GFF GIF GPSBabel GRASSASCIIGrid GRIB GS7BG GSAG GSBG GSC GTFS GTX GXF GenBin GeoJSONSeq
GeoRSS HF2 HFA ILWIS IRIS ISCE ISG ISIS2 ISIS3 Idrisi JAXAPALSAR JDEM JML JP2OpenJPEG JPEG JSONFG
KMLSUPEROVERLAY KRO L1B LAN LCP LOSLAS LVBAG Leveller MAP MFF MFF2 MSGN MapML MiraMonVector NDF NGSGEOID
NITF NOAA_B NSIDCbin NTv2 NWT_GRC NWT_GRD ODS OGR_GMT OGR_PDS OZI OpenFileGDB PAux PCIDSK PCRaster PDF PDS
PDS4 PGDUMP PNM PRF R RIK RMF ROI_PAC RPFTOC RRASTER RS2 RST S102 S104 S111 S57 SAFE SAGA SAR_CEOS SDTS
SENTINEL2 SGI SIGDEM SNAP_TIFF SNODAS SRP SXF Selafin TGA TIL TSX Terragen USGSDEM VDV VFK VICAR WAsP WEBP
XLSX XPM XYZ ZMap PMTiles MVT MBTiles
"""
OTHERS = tuple(_OTHERS.split())


def shut_others() -> None:
    """Take the drivers out that are not needed. Must come before the first import of pyogrio or rasterio."""
    said = [name.strip() for name in os.environ.get("GDAL_SKIP", "").replace(",", " ").split()]
    os.environ["GDAL_SKIP"] = ",".join(dict.fromkeys([*said, *OTHERS]))
    # A GDAL that never had one of them would say so on stderr each time.
    os.environ.setdefault("CPL_LOG", os.devnull)
    # A GeoJSON feature may take so many MB of memory; a commune drawn very finely takes ten.
    os.environ.setdefault("OGR_GEOJSON_MAX_OBJ_SIZE", "100")
    # A schema is fetched from wherever the file says.
    os.environ.setdefault("GML_DOWNLOAD_SCHEMA", "NO")
