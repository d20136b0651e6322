"use strict";
// Draws a row's last 24 hours.
(async () => {
  const place = document.getElementById("chart");
  if (!place) return;
  const answer = await fetch(place.dataset.points, { headers: { Accept: "application/json" } });
  const data = answer.ok ? await answer.json() : [[]];
  if (data[0].length < 2) { place.textContent = place.dataset.none; return; }
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--ink").trim();
  const line = style.getPropertyValue("--line").trim();
  const brand = style.getPropertyValue("--brand").trim();
  const [waiting, oldest, came, left] = place.dataset.labels.split("|");
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  const series = (label, stroke, scale, dash) => ({ label, stroke, scale, dash, width: 1.5, spanGaps: false });
  const size = () => ({ width: place.clientWidth, height: 300 });
  const chart = new uPlot({
    ...size(),
    axes: [{ ...axis, values: (u, ticks) => ticks.map((one) => new Date(one * 1000).toTimeString().slice(0, 5)) }, { ...axis, scale: "n" }, { ...axis, scale: "s", side: 1, grid: { show: false } }],
    scales: { n: { range: (u, low, high) => [0, Math.max(1, high)] }, s: { range: (u, low, high) => [0, Math.max(1, high)] }, r: { range: (u, low, high) => [0, Math.max(1, high)] } },
    series: [{}, series(waiting, brand, "n"), series(oldest, "#b3261e", "s"), series(came, ink, "r", [4, 4]), series(left, ink, "r", [1, 3])],
  }, data, place);
  new ResizeObserver(() => chart.setSize(size())).observe(place);
})();
