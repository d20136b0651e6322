// Keeps what was typed in this browser until it was received, so that a lost connection or a closed tab loses nothing.
// Files, choices of consent and hidden fields are not kept. The confirmation page removes it (received.js).
"use strict";
const KEY = "complaint-draft";
const KEPT_MS = 24 * 60 * 60 * 1000;
const form = document.querySelector("form[data-draft]");

function fields() {
  return [...form.elements].filter((one) => one.matches("textarea, select, input:not([type=hidden]):not([type=file]):not([type=checkbox])") && one.name);
}

function read() {
  try {
    const kept = JSON.parse(window.localStorage.getItem(KEY) || "null");
    return kept && Date.now() - kept.at < KEPT_MS ? kept.typed : {};
  } catch {
    return {};
  }
}

function keep() {
  const typed = {};
  for (const one of fields()) {
    if (one.value) typed[one.name] = one.value;
  }
  try {
    if (Object.keys(typed).length) {
      window.localStorage.setItem(KEY, JSON.stringify({ at: Date.now(), typed }));
    } else {
      window.localStorage.removeItem(KEY);
    }
  } catch {
    // Private windows and full stores refuse: then nothing is kept.
  }
}

if (form) {
  const kept = read();
  for (const one of fields()) {
    // What the server filled in (a scanned place, a form shown again) wins.
    if (!one.value && kept[one.name]) one.value = kept[one.name];
  }
  if (!Object.keys(kept).length) {
    try {
      window.localStorage.removeItem(KEY);
    } catch {
      // As above.
    }
  }
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
}
