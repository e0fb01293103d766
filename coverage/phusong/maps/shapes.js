// Shapes: lines and areas of the data as places on the map, and which commune a place lies in.
(function (ps) {
  "use strict";
  const SCALE = 1e5;

  ps.place = function (lon, lat) { return L.latLng(lat / SCALE, lon / SCALE); };

  // A line written as steps, as [lat, lon] pairs.
  ps.line = function (steps) {
    const line = [];
    let lon = 0, lat = 0;
    for (let i = 0; i < steps.length; i += 2) {
      lon += steps[i];
      lat += steps[i + 1];
      line.push([lat / SCALE, lon / SCALE]);
    }
    return line;
  };

  // A line written as steps, ready to be drawn: `xy` in pixels of the world at zoom 0, and its `box` there.
  ps.path = function (steps) {
    const xy = new Float64Array(steps.length), box = [Infinity, Infinity, -Infinity, -Infinity];
    let lon = 0, lat = 0;
    for (let i = 0; i < steps.length; i += 2) {
      lon += steps[i];
      lat += steps[i + 1];
      xy[i] = ps.worldX(lon / SCALE);
      xy[i + 1] = ps.worldY(lat / SCALE);
      box[0] = Math.min(box[0], xy[i]); box[2] = Math.max(box[2], xy[i]);
      box[1] = Math.min(box[1], xy[i + 1]); box[3] = Math.max(box[3], xy[i + 1]);
    }
    return { xy: xy, box: box };
  };

  function around(boxes) {
    return boxes.reduce(function (a, b) {
      return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
    });
  }
  function degrees(box) {
    const crs = L.CRS.EPSG3857, corner = function (x, y) { return crs.pointToLatLng(L.point(x, y), 0); };
    return L.latLngBounds(corner(box[0], box[3]), corner(box[2], box[1]));
  }

  // An area's rings and the box around them.
  function outline(area) {
    area.rings = [].concat.apply([], area.shape).map(ps.path);
    area.box = around(area.rings.map(function (ring) { return ring.box; }));
    area.bounds = degrees(area.box);
    area.at = ps.place(area.label[0], area.label[1]);
    area.points = area.rings.reduce(function (n, ring) { return n + ring.xy.length / 2; }, 0);
    area.shape = null; // the page holds it once
  }
  const codes = {};
  ps.data.communes.forEach(function (commune, i) {
    outline(commune);
    commune.place = i;
    codes[commune.code] = i;
  });
  ps.data.outlines.forEach(outline);

  // The side of a middling commune, in pixels of the world at zoom 0.
  ps.communeSize = ps.data.communes.map(function (commune) {
    return Math.sqrt((commune.box[2] - commune.box[0]) * (commune.box[3] - commune.box[1]));
  }).sort(function (a, b) { return a - b; })[Math.floor(ps.data.communes.length / 2)] || 0;

  // A place lies inside an area when a line from it crosses its rings an odd number of times.
  function crosses(xy, x, y) {
    let inside = false;
    for (let i = 0, j = xy.length - 2; i < xy.length; j = i, i += 2)
      if (xy[i + 1] > y !== xy[j + 1] > y && x < ((xy[j] - xy[i]) * (y - xy[i + 1])) / (xy[j + 1] - xy[i + 1]) + xy[i]) inside = !inside;
    return inside;
  }

  ps.communeAt = function (latlng) {
    const x = ps.worldX(latlng.lng), y = ps.worldY(latlng.lat);
    return ps.data.communes.findIndex(function (commune) {
      const box = commune.box;
      return x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3] &&
        commune.rings.reduce(function (inside, ring) { return inside !== crosses(ring.xy, x, y); }, false);
    });
  };

  ps.communeOf = function (code) { return code in codes ? codes[code] : -1; };

  ps.wholeArea = function () {
    const bounds = L.latLngBounds([]), communes = ps.data.communes;
    if (communes.length) communes.forEach(function (commune) { bounds.extend(commune.bounds); });
    else ps.sites.forEach(function (site) { bounds.extend(site.at); });
    return bounds.isValid() ? bounds : L.latLngBounds([[8, 102], [23.5, 110]]);
  };

  // The sites' columns; `report` and `status` by service.
  (function (s) {
    ["id", "name"].forEach(function (name) { s[name] = ps.texts(s[name]); });
    ["kind", "commune", "lon", "lat", "people", "people_basis", "fibre_distance", "cell_distance", "off", "signal", "level", "low", "high", "measured"].forEach(function (name) {
      s[name] = ps.numbers(s[name]);
    });
    s.people = Float64Array.from(s.people, function (millionths) { return millionths < 0 ? -1 : millionths / 1e6; });
    s.report = s.report.map(ps.numbers);
    s.status = s.report.map(function (column, service) {
      const status = ps.data.reports[service].map(function (report) { return report[0]; });
      return Uint8Array.from(column, function (place) { return status[place]; });
    });
  })(ps.data.sites);

  // The sites as a list of their own; `centre` is the commune office, which stands for its commune.
  ps.sites = ps.data.sites.id.map(function (id, i) {
    const s = ps.data.sites, kind = s.kinds[s.kind[i]];
    return {
      place: i, id: id, name: s.name[i], family: kind.family, centre: kind.centre, kind: kind.name,
      commune: s.commune[i], at: ps.place(s.lon[i], s.lat[i]), x: ps.worldX(s.lon[i] / SCALE), y: ps.worldY(s.lat[i] / SCALE),
    };
  });

  // The options of the sites, those of one site side by side.
  (function (o) {
    ["step", "kind", "capex", "opex", "new_line"].forEach(function (name) { o[name] = ps.numbers(o[name]); });
    let place = 0;
    o.site = o.step.map(function (step) { return (place += step); });
  })(ps.data.options);
  ps.optionsOf = function (place) {
    const o = ps.data.options, out = [];
    let low = 0, high = o.site.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (o.site[middle] < place) low = middle + 1;
      else high = middle;
    }
    for (let i = low; i < o.site.length && o.site[i] === place; i++) {
      const kind = o.kinds[o.kind[i]];
      out.push({
        technology: kind[0], closes: kind[1], chosen: kind[2] === 2, feasible: kind[2] > 0, reason: kind[3],
        capex: o.capex[i], opex: o.opex[i], new_line: o.new_line[i],
      });
    }
    return out;
  };

  // Where an investment is marked: one site in each of its communes, the centre before others.
  ps.data.investments.forEach(function (investment) {
    const first = {};
    investment.sites.forEach(function (i) {
      const site = ps.sites[i];
      if (!(site.commune in first) || (site.centre && !first[site.commune].centre)) first[site.commune] = site;
    });
    investment.anchors = Object.keys(first).map(function (key) { return first[key]; });
  });
})(window.phusong);
