// Opens the page with the key that stands behind "#" in the link of a message: takes it out of the address bar, so that
// it stays in no history, and posts it. Without scripts the page offers two other ways.
"use strict";
const found = /^#k=([A-Za-z0-9_-]{20,64})$/.exec(window.location.hash);
const form = document.getElementById("open");
if (found && form) {
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  form.elements.k.value = found[1];
  form.submit();
}
