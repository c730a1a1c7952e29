/** The field for the API key, and the line that stands in its place once a key is kept. */

import { apiKey, keepApiKey } from "./service.js";

const byId = (id) => document.getElementById(id);
const field = byId("key");

/** Show the field. refusal: what the server answered without a key, or to the one it was sent. */
export function ask(refusal) {
  if (refusal.status !== 401) open(refusal.message);
  else open(apiKey() ? "This server does not know that key." : "This server asks for an API key.");
}

/** Keep what was typed, where something was asked for. Throws a Refusal in a browser that keeps nothing. */
export function take() {
  if (!byId("key-field").hidden) keepApiKey(field.value.trim());
}

/** All is well with the key that is kept, or with having none. */
export function settle() {
  field.value = "";
  byId("key-field").hidden = true;
  byId("key-kept").hidden = !apiKey();
}

function open(sentence) {
  byId("key-why").textContent = sentence;
  byId("key-field").hidden = false;
  byId("key-kept").hidden = true;
  field.focus();
}

byId("change-key").addEventListener("click", () => open(""));
byId("forget-key").addEventListener("click", () => {
  keepApiKey("");
  settle();
  byId("submit").focus();
});
