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

  ps.data.communes.forEach(function (commune) {
    commune.outline = commune.shape.map(function (part) { return part.map(ps.line); });
    commune.at = ps.place(commune.label[0], commune.label[1]);
    commune.bounds = L.latLngBounds(commune.outline.map(function (part) { return part[0]; }).reduce(function (a, b) { return a.concat(b); }, []));
  });

  // A place lies inside a ring when a line from it crosses the ring an odd number of times.
  function crosses(ring, lat, lon) {
    let inside = false;
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const a = ring[i], b = ring[j];
      if (a[0] > lat !== b[0] > lat && lon < ((b[1] - a[1]) * (lat - a[0])) / (b[0] - a[0]) + a[1]) inside = !inside;
    }
    return inside;
  }

  ps.communeAt = function (latlng) {
    return ps.data.communes.findIndex(function (commune) {
      return commune.bounds.contains(latlng) && commune.outline.some(function (part) {
        return part.reduce(function (inside, ring) { return inside !== crosses(ring, latlng.lat, latlng.lng); }, false);
      });
    });
  };

  ps.communeOf = function (code) {
    return ps.data.communes.findIndex(function (commune) { return commune.code === code; });
  };

  ps.wholeArea = function () {
    const bounds = L.latLngBounds([]), communes = ps.data.communes;
    if (communes.length) communes.forEach(function (commune) { bounds.extend(commune.bounds); });
    else ps.sites.forEach(function (site) { bounds.extend(site.at); });
    return bounds.isValid() ? bounds : L.latLngBounds([[8, 102], [23.5, 110]]);
  };

  // The sites as a list of their own; `centre` is the commune office, which stands for its commune.
  ps.sites = ps.data.sites.id.map(function (id, i) {
    const s = ps.data.sites, kind = s.kinds[s.kind[i]];
    return {
      place: i, id: id, name: s.name[i], family: kind.family, centre: kind.centre, kind: kind.name,
      commune: ps.communeOf(s.commune[i]), at: ps.place(s.at[2 * i], s.at[2 * i + 1]),
    };
  });

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
