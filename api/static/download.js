/** The result as files: the reply as JSON, and a page that needs nothing else. */

import { element } from "./dom.js";
import { blocks, pieces } from "./pieces.js";
import { verdict } from "./view.js";
import { percent, reason, status, strength } from "./words.js";

const POLICY = "default-src 'none'; style-src 'unsafe-inline'";
const STYLE = `
  :root { color-scheme: light dark; }
  body { font: 1.05rem/1.6 Georgia, serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font: 600 1rem/1.3 system-ui, sans-serif; }
  h2 { font-size: 1.35rem; line-height: 1.3; margin: 0 0 .6rem; }
  .figure { font-size: 2rem; margin: 0; }
  .hint, .margin, .findings { font: .9rem/1.5 system-ui, sans-serif; }
  .margin { margin: 1.5rem 0 .2rem; }
  .prose { white-space: pre-wrap; overflow-wrap: anywhere; }
  .is-flagged .prose { border-left: 4px solid #c0304a; padding-left: .8rem; }
  .skipped { opacity: .75; font-style: italic; }
  mark { background: none; color: inherit; text-decoration: underline dotted 2px #8a7400; text-underline-offset: .2em; text-decoration-skip-ink: none; }
  mark.clear { text-decoration-style: solid; text-decoration-color: #d9641a; }
  mark.strong { text-decoration-style: solid; text-decoration-color: #d8324b; text-decoration-thickness: 4px; }
`;

export function downloadJson(reply, name) {
  save(`${name}.json`, JSON.stringify(reply, null, 2), "application/json");
}

export function downloadHtml(text, reply, model, name) {
  save(`${name}.html`, page(text, reply, model), "text/html");
}

/** A whole page without script. It is built of elements and written out by the browser, which escapes all text. */
export function page(text, reply, model) {
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
      ...blocks(text, found).map((block) => shownBlock(text, block)),
    ),
  );
  return `<!doctype html>\n${root.outerHTML}\n`;
}

function shownBlock(text, block) {
  const { paragraph } = block;
  const prose = element("div", { class: "prose" }, ...pieces(block).map((piece) => shownPiece(text, piece)));
  const parts = [];
  if (paragraph) {
    const score = paragraph.score === null ? status(paragraph.status) : percent(paragraph.score);
    parts.push(element("p", { class: "margin" }, paragraph.flagged ? `${score}, flagged` : score));
  }
  parts.push(prose);
  if (block.spans.length) parts.push(element("ul", { class: "findings" }, ...block.spans.map(line)));
  return element("div", { class: paragraph?.flagged ? "is-flagged" : "" }, ...parts);
}

function line(span) {
  const [best, ...others] = span.suggestions;
  const instead = best ? [`probably: ${best}`, ...(others.length ? [`or: ${others.join(", ")}`] : [])] : [span.message];
  return element("li", {}, `“${span.text}” (${strength(span.score)} sign, ${percent(span.score)}): ${instead.join("; ")}`);
}

function shownPiece(text, { start, end, span, skipped }) {
  const shown = text.slice(start, end);
  if (span) return element("mark", { class: strength(span.score) }, shown);
  if (skipped) return element("span", { class: "skipped", title: `${reason(skipped.reason)}: not scored` }, shown);
  return shown;
}

function save(name, content, type) {
  const address = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
