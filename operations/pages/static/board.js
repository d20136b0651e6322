"use strict";
// Says so when the page is no longer live. Everything else arrives as HTML.
(() => {
  const stale = document.getElementById("stale");
  let lastSeen = Date.now();
  const tell = (isStale) => { if (stale) stale.hidden = !isStale; };
  document.body.addEventListener("htmx:sseOpen", () => { lastSeen = Date.now(); tell(false); });
  document.body.addEventListener("htmx:sseMessage", () => { lastSeen = Date.now(); tell(false); });
  setInterval(() => tell(Date.now() - lastSeen > 20000), 2000);
})();
