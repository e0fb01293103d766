// Overlay: a canvas over the map. Thousands of marks and outlines stay quick, and print sharp.
(function (ps) {
  "use strict";
  const MARGIN = 80; // pixels drawn around the view, so that a short drag shows no empty edge
  const QUICK_MS = 25; // what is drawn as quickly as this is drawn anew while the map is dragged
  const WORLD = 256; // pixels of the world's width at zoom 0

  // A place in degrees as pixels of the whole world at zoom 0 (spherical Mercator, EPSG:3857).
  ps.worldX = function (lon) { return ((lon + 180) / 360) * WORLD; };
  ps.worldY = function (lat) {
    const sine = Math.sin((Math.max(-85.05, Math.min(85.05, lat)) * Math.PI) / 180);
    return (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * WORLD;
  };

  ps.Overlay = L.Layer.extend({
    // `paint(pen)` draws in `pane`. The pen has the 2D context, the view's size and zoom, `spot(latlng)` → pixels and
    // `place(x, y)` back; a point of the world at zoom 0 lies at (x·scale − left, y·scale − top).
    initialize: function (pane, paint) { this._pane = pane; this._paint = paint; this._sharpness = 0; },

    onAdd: function (map) {
      this._canvas = L.DomUtil.create("canvas", "overlay overlay-" + this._pane + " leaflet-zoom-animated", map.getPane(this._pane));
      this._canvas.setAttribute("aria-hidden", "true");
      map.on("moveend viewreset resize", this.draw, this);
      map.on("move", this._drag, this);
      map.on("zoomanim", this._follow, this);
      this.draw();
    },

    onRemove: function (map) {
      this._canvas.remove();
      map.off("moveend viewreset resize", this.draw, this);
      map.off("move", this._drag, this);
      map.off("zoomanim", this._follow, this);
    },

    // Draw with `sharpness` dots a pixel, for print; 0 = as the screen has.
    sharpen: function (sharpness) { this._sharpness = sharpness; },

    draw: function () {
      const map = this._map, canvas = this._canvas, size = map.getSize(), began = performance.now();
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
      const context = canvas.getContext("2d"), scale = Math.pow(2, this._zoom), northWest = map.containerPointToLatLng([0, 0]);
      context.setTransform(dots, 0, 0, dots, MARGIN * dots, MARGIN * dots);
      this._paint({
        context: context,
        width: size.x,
        height: size.y,
        zoom: this._zoom,
        margin: MARGIN,
        scale: scale,
        left: ps.worldX(northWest.lng) * scale,
        top: ps.worldY(northWest.lat) * scale,
        spot: function (latlng) { return map.latLngToContainerPoint(latlng); },
        place: function (x, y) { return map.containerPointToLatLng([x, y]); },
      });
      this._took = performance.now() - began;
    },

    // While the map is dragged: once a frame, and only what is quick.
    _drag: function () {
      if (this._waiting || this._took > QUICK_MS || this._map._animatingZoom) return;
      this._waiting = requestAnimationFrame(function () {
        this._waiting = 0;
        if (this._map && !this._map._animatingZoom) this.draw();
      }.bind(this));
    },

    _follow: function (event) {
      const scale = this._map.getZoomScale(event.zoom, this._zoom);
      L.DomUtil.setTransform(this._canvas, this._map._latLngToNewLayerPoint(this._corner, event.zoom, event.center), scale);
    },
  });
})(window.phusong);
