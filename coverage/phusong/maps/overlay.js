// Overlay: one canvas over the map for sites, masts, ranks and names. Thousands of marks stay quick.
(function (ps) {
  "use strict";
  const MARGIN = 80; // pixels drawn around the view, so that a short drag shows no empty edge

  ps.Overlay = L.Layer.extend({
    // `paint(pen)` draws; pen has the 2D context, `spot(latlng)` → pixels and `place(x, y)` back, and the size of the view.
    initialize: function (paint) { this._paint = paint; this._sharpness = 0; },

    onAdd: function (map) {
      this._canvas = L.DomUtil.create("canvas", "overlay leaflet-zoom-animated", map.getPane("overlay-marks"));
      this._canvas.setAttribute("aria-hidden", "true");
      map.on("moveend viewreset resize", this.draw, this);
      map.on("zoomanim", this._follow, this);
      this.draw();
    },

    onRemove: function (map) {
      this._canvas.remove();
      map.off("moveend viewreset resize", this.draw, this);
      map.off("zoomanim", this._follow, this);
    },

    // Draw with `sharpness` dots a pixel, for print; 0 = as the screen has.
    sharpen: function (sharpness) { this._sharpness = sharpness; },

    draw: function () {
      const map = this._map, canvas = this._canvas, size = map.getSize();
      const dots = this._sharpness || window.devicePixelRatio || 1;
      const width = size.x + 2 * MARGIN, height = size.y + 2 * MARGIN;
      const corner = map.containerPointToLayerPoint([-MARGIN, -MARGIN]);
      this._corner = map.layerPointToLatLng(corner);
      this._zoom = map.getZoom();
      canvas.width = Math.round(width * dots);
      canvas.height = Math.round(height * dots);
      canvas.style.width = width + "px";
      canvas.style.height = height + "px";
      L.DomUtil.setPosition(canvas, corner);
      const context = canvas.getContext("2d");
      context.setTransform(dots, 0, 0, dots, MARGIN * dots, MARGIN * dots);
      this._paint({
        context: context,
        width: size.x,
        height: size.y,
        zoom: this._zoom,
        margin: MARGIN,
        spot: function (latlng) { return map.latLngToContainerPoint(latlng); },
        place: function (x, y) { return map.containerPointToLatLng([x, y]); },
      });
    },

    _follow: function (event) {
      const scale = this._map.getZoomScale(event.zoom, this._zoom);
      L.DomUtil.setTransform(this._canvas, this._map._latLngToNewLayerPoint(this._corner, event.zoom, event.center), scale);
    },
  });
})(window.phusong);
