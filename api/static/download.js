/** The result as files: the reply as JSON, and a page that needs nothing else. */

import { element } from "./dom.js";
import { blocks, pieces } from "./pieces.js";
import { sign, underline } from "./rules.js";
import { dimmed, markup, notScored, verdict } from "./view.js";
import { percent, reading, reserve, without } from "./words.js";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'";
const STYLE = `
  :root { color-scheme: light dark; }
  body { font: 1.05rem/1.6 Georgia, serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font: 600 1rem/1.3 system-ui, sans-serif; }
  h2 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 .6rem; }
  .figure { font-size: 2rem; margin: 0; }
  .hint, .margin, .findings { font: .9rem/1.5 system-ui, sans-serif; }
  .margin { margin: 1.5rem 0 .2rem; }
  .prose, .source { white-space: pre-wrap; overflow-wrap: anywhere; }
  .markup { margin: 1.5rem 0; opacity: .75; font: .9rem/1.5 system-ui, sans-serif; }
  .tag { opacity: .65; font-size: .8em; }
  .is-flagged .prose { border-left: 4px solid #c0304a; padding-left: .8rem; }
  .skipped { opacity: .75; font-style: italic; }
  mark { background: none; color: inherit; text-decoration: underline dotted 2px #8a7400; text-underline-offset: .2em; text-decoration-skip-ink: none; }
  mark.clear { text-decoration-style: solid; text-decoration-color: #d9641a; }
  mark.strong { text-decoration-style: solid; text-decoration-color: #d8324b; text-decoration-thickness: 4px; }
  mark.names { text-decoration-style: double; text-decoration-color: #7b4fb5; }
  mark.grammar { text-decoration-style: wavy; text-decoration-color: #2a7bd0; }
  mark.debris { text-decoration-style: dashed; text-decoration-color: #777777; }
`;

export function downloadJson(reply, name) {
  save(`${name}.json`, JSON.stringify(reply, null, 2), "application/json");
}

export function downloadHtml(text, format, reply, model, name) {
  save(`${name}.html`, page(text, format, reply, model), "text/html");
}

/** A whole page without script. It is built of elements and written out by the browser, which escapes all text. */
function page(text, format, reply, model) {
  const found = reply.documents[0];
  const root = element("html", { lang: "en" },
    element("head", {},
      element("meta", { charset: "utf-8" }),
      element("meta", { "http-equiv": "Content-Security-Policy", content: POLICY }),
      element("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
      element("title", {}, "Unspun: a checked text"),
      element("style", {}, STYLE),
    ),
    element("body", {},
      element("h1", {}, "Unspun: a checked text"),
      ...verdict(reply, model),
      element("p", { class: "hint" }, "The score is a probability and no proof. Read the marked phrases before you act on it."),
      ...blocks(text, found).map((block) => shownBlock(text, format, block)),
    ),
  );
  return `<!doctype html>\n${root.outerHTML}\n`;
}

function shownBlock(text, format, block) {
  const { paragraph, skipped } = block;
  if (!paragraph) return markup(text.slice(block.start, block.end));
  const score = paragraph.score === null ? without(paragraph, skipped) : percent(paragraph.score);
  const note = paragraph.flagged ? ["flagged", reading(paragraph)].filter(Boolean).join(", ") : reserve(paragraph);
  const parts = [
    element("p", { class: "margin" }, note ? `${score}, ${note}` : score),
    element("div", { class: "prose" }, ...pieces(block).map((piece) => shownPiece(text, format, piece))),
  ];
  if (block.spans.length) parts.push(element("ul", { class: "findings" }, ...block.spans.map(line)));
  return element("div", { class: paragraph.flagged ? "is-flagged" : "" }, ...parts);
}

function line(span) {
  const [best, ...others] = span.suggestions;
  const instead = best ? [`probably: ${best}`, ...(others.length ? [`or: ${others.join(", ")}`] : [])] : [span.message];
  return element("li", {}, `“${span.text}” (${sign(span)}, ${percent(span.score)}): ${instead.join("; ")}`);
}

function shownPiece(text, format, { start, end, span, skipped }) {
  const shown = dimmed(text.slice(start, end), format);
  if (span) return element("mark", { class: underline(span) }, ...shown);
  return element("span", skipped ? { class: "skipped", title: notScored(skipped) } : {}, ...shown);
}

function save(name, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
