// Adds two comforts to the confirmation: copying the number, and an address that survives a reload.
"use strict";
const card = document.querySelector("[data-here]");
// The address is not that of the link below: a browser that is asked for the address it shows loads nothing.
if (card && window.history.replaceState) {
  window.history.replaceState(null, "", card.dataset.here);
}
const button = document.getElementById("copy");
if (button && navigator.clipboard) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById("number").textContent.trim());
    button.textContent = button.dataset.done;
  });
}
try {
  window.localStorage.removeItem("complaint-draft"); // what form.js kept until it was received
} catch {
  // A browser that keeps nothing has nothing to remove.
}
