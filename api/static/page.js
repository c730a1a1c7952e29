/** The page: from the form to the result. */

import { element } from "./dom.js";
import { downloadHtml, downloadJson } from "./download.js";
import { EXAMPLE } from "./example.js";
import { feedbackForm } from "./feedback.js";
import { Unreadable, readFile } from "./files.js";
import * as key from "./key.js";
import { Panel } from "./panel.js";
import * as rules from "./rules.js";
import * as service from "./service.js";
import { errs, legend, marked, verdict } from "./view.js";
import { characters } from "./words.js";

const byId = (id) => document.getElementById(id);
const form = byId("check");
const field = byId("text");
const result = byId("result");

let model = null;
let running = null;
/** What the result on show was made of: {text, mode, format, skip}, or null. */
let checked = null;
let fileName = "text";

const mode = () => form.elements.mode.value;
/** Half a surrogate pair cannot be sent; it is replaced here, so that what is shown is what was sent. */
const text = () => field.value.toWellFormed?.() ?? new TextDecoder().decode(new TextEncoder().encode(field.value));

/** What is sent for a text; without `skip` the server leaves out all it knows how to. */
function request(text, format) {
  return { text, mode: mode(), format, skip: byId("skip").checked ? undefined : [] };
}

async function check({ moveFocus }) {
  running?.abort();
  const sent = request(text(), byId("format").value);
  if (!sent.text.trim()) return complain("Paste or drop a text first.");
  const own = (running = new AbortController());
  progress("Checking …");
  try {
    service.checkSize(sent, model);
    key.take();
    const reply = await service.score(sent, own.signal);
    await Promise.all([learnModel(reply.model.version), rules.learn()]);
    if (own.signal.aborted) return;
    key.settle();
    show(sent, reply);
    progress("");
    if (moveFocus) byId("verdict").focus();
  } catch (error) {
    if (!own.signal.aborted) refused(error);
  }
}

function show(sent, reply) {
  checked = sent;
  const { model: by } = reply;
  const found = reply.documents[0];
  const scored = found.score !== null;
  const { text: body, findings } = marked(sent.text, found, sent.format);
  const tell = (span, given, store) => service.feedback(sent.text, span, given, by, store).catch((error) => {
    if (error.wantsKey) key.ask(error);
    throw error;
  });
  const panel = new Panel(findings, tell);
  document.documentElement.classList.remove("panel-open");
  const inside = element("div", {},
    ...verdict(reply, model),
    element("p", { id: "stale", class: "stale", hidden: true }, "The text was changed since. This is the result for the text before."),
    element("div", { class: "toolbar" },
      scored ? legend(findings) : "",
      button("Download HTML", () => downloadHtml(sent.text, sent.format, reply, model, `unspun-${fileName}`)),
      button("Download JSON", () => downloadJson(reply, `unspun-${fileName}`)),
    ),
    element("div", { class: "reading" }, body, panel.root),
    scored ? element("div", { class: "card whole" },
      feedbackForm("Is the verdict on the whole text right?", undefined, (given, store) => tell(null, given, store))) : "",
  );
  panel.listen(inside);
  result.replaceChildren(inside);
  result.hidden = false;
}

function button(name, action) {
  const made = element("button", { type: "button" }, name);
  made.addEventListener("click", action);
  return made;
}

async function learnModel(version) {
  if (model && (!version || model.version === version)) return;
  try {
    model = await service.model();
  } catch {
    model = null; // the page works without; what cannot be known is not shown
  }
  showRate();
}

function showRate() {
  const share = model?.modes?.[mode()]?.measured_false_positive_rate;
  byId("mode-rate").textContent = share === undefined ? "" : `This mode ${errs(share)}.`;
}

async function open(file) {
  progress("Reading the file …");
  try {
    const read = await readFile(file);
    if (!read.text.trim()) throw new Unreadable("There is no text in the file.");
    await learnModel();
    service.checkSize(request(read.text, read.format), model);
    fill(read.text, read.format);
    fileName = file.name.replace(/\.[^.]*$/, "") || "text";
    progress([`${file.name}: ${characters(read.text)} read.`, read.note].join(" ").trim());
    byId("submit").focus();
  } catch (error) {
    refused(error);
  }
}

function fill(content, format) {
  field.value = content;
  byId("format").value = format;
  fileName = "text";
  changed();
}

function changed() {
  byId("clear").hidden = !field.value;
  const stale = byId("stale");
  if (stale) stale.hidden = text() === checked.text && byId("format").value === checked.format;
}

function refused(error) {
  if (error.wantsKey) {
    complain("");
    key.ask(error);
  } else if (error instanceof service.Refusal || error instanceof Unreadable) complain(error.message);
  else {
    complain("Something went wrong on this page.");
    throw error;
  }
}

/** Something is wrong; said at once by screen readers. */
function complain(sentence) {
  byId("progress").textContent = "";
  byId("problem").textContent = sentence;
}

/** How far we are; said when there is a pause. */
function progress(sentence) {
  byId("problem").textContent = "";
  byId("progress").textContent = sentence;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  check({ moveFocus: true });
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    check({ moveFocus: true });
  }
});
for (const choice of form.elements.mode) {
  choice.addEventListener("change", () => {
    showRate();
    if (checked) check({ moveFocus: false });
  });
}
byId("skip").addEventListener("change", () => {
  if (checked) check({ moveFocus: false });
});
field.addEventListener("input", changed);
byId("format").addEventListener("change", changed);
byId("choose").addEventListener("click", () => byId("file").click());
byId("file").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) open(file);
  event.target.value = ""; // so that the same file can be chosen again
});
byId("example").addEventListener("click", () => {
  fill(EXAMPLE, "text");
  byId("submit").focus();
});
byId("clear").addEventListener("click", () => {
  fill("", "text");
  field.focus();
});

/** Files may be dropped anywhere; a file beside the field would otherwise replace the page. */
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    byId("drop").classList.toggle("is-over", kind === "dragenter" || kind === "dragover");
    if (kind === "drop" && event.dataTransfer.files.length) open(event.dataTransfer.files[0]);
  });
}

changed();
key.settle();
learnModel();
