/** The result as elements: the verdict on top, the text below it. */

import { element } from "./dom.js";
import { blocks, pieces, tagged } from "./pieces.js";
import { sign, underline } from "./rules.js";
import {
  CATEGORIES, STRENGTHS, characters, count, kind, percent, rate, reading, reasons, reserve, unscored, without,
} from "./words.js";

/** More blocks than this are laid out only when they come into view. */
const MANY_BLOCKS = 100;

/** What is said about the text as a whole. model: the answer of GET /v1/model, or null where it could not be had. */
export function verdict(reply, model) {
  const found = reply.documents[0];
  return [
    element("div", { class: `verdict ${found.flagged ? "is-flagged" : ""}` },
      found.score === null ? "" : element("p", { class: "figure" }, percent(found.score)),
      element("div", {},
        element("h2", { id: "verdict", tabindex: "-1" }, headline(found)),
        ...facts(found).map((fact) => element("p", {}, fact)),
        element("p", { class: "hint" }, provenance(reply, found.score === null ? null : model)),
      ),
    ),
  ];
}

function headline(found) {
  if (found.score === null) return "Not scored";
  if (found.flagged) return "Flagged: this text looks reworded by a machine";
  const flagged = found.paragraphs.filter((paragraph) => paragraph.flagged).length;
  if (flagged) return `Flagged in part: ${count(flagged, "paragraph looks", "paragraphs look")} reworded`;
  return "Not flagged";
}

function facts(found) {
  const scored = found.paragraphs.filter((paragraph) => paragraph.status === "scored");
  const odd = scored.reduce((sum, paragraph) => sum + paragraph.spans.length, 0);
  const said = [];
  if (found.score === null) said.push(unscored(found.status));
  else {
    const flagged = scored.filter((paragraph) => paragraph.flagged).length;
    said.push(
      `${flagged.toLocaleString("en")} of ${count(scored.length, "scored paragraph")} flagged, with ` +
        `${Math.round(found.fraction_flagged * 100)}% of the scored words. ${odd ? count(odd, "odd phrase") : "No odd phrases"}.`,
    );
  }
  const translated = scored.filter(reading).length;
  if (translated) said.push(`${count(translated, "paragraph reads", "paragraphs read")} like machine translation.`);
  const left = leftOut(found.skipped);
  if (left) said.push(left);
  return said;
}

function leftOut(skipped) {
  const numbers = new Map();
  for (const { reason: code } of skipped) numbers.set(code, (numbers.get(code) ?? 0) + 1);
  const parts = [...numbers].map(([code, number]) => reasons(number, code));
  return parts.length ? `Left out, and dimmed below: ${parts.join(", ")}.` : "";
}

/** Which model said so, in which mode, and, where the model's description is given, how often that mode is wrong. */
function provenance(reply, model) {
  const said = `Model ${reply.model.name} ${reply.model.version}, ${reply.mode} mode`;
  const share = model?.modes?.[reply.mode]?.measured_false_positive_rate;
  return share === undefined ? `${said}.` : `${said}, which ${errs(share)}.`;
}

/** How often a mode is wrong. */
export function errs(share) {
  return `flagged ${rate(share)} of clean paragraphs by mistake when that was measured`;
}

/** What the underlines mean: those of odd wordings, and those of what else was found. findings: {span}. */
export function legend(findings) {
  const found = new Set(findings.map(({ span }) => underline(span)));
  const others = Object.entries(CATEGORIES).filter(([name]) => found.has(name));
  const samples = [...STRENGTHS.map((name) => [name, `${name} sign`]), ...others];
  return element("p", { class: "legend" }, "Odd phrases: ",
    ...samples.flatMap(([name, said]) => [element("span", { class: `sample ${name}` }, said), " "]),
  );
}

/**
 * The text, its paragraphs with their scores in the margin, its odd phrases as things to open.
 * format: how the text was read. Returns {text, findings}: the element, and in order {mark, span} of every odd phrase.
 */
export function marked(text, found, format) {
  const findings = [];
  const parts = blocks(text, found);
  const body = element("div", { class: parts.length > MANY_BLOCKS ? "text is-long" : "text" });
  for (const block of parts) {
    if (!block.paragraph) {
      body.append(element("div", { class: "block" }, margin(block), markup(text.slice(block.start, block.end))));
      continue;
    }
    const prose = element("div", { class: "prose" });
    let last = null;
    for (const piece of pieces(block)) {
      const shown = shownPiece(text.slice(piece.start, piece.end), piece.skipped, format);
      if (!piece.span) prose.append(...shown);
      else if (piece.span === last?.span) last.mark.append(...shown);
      else {
        last = { mark: openable(piece.span, findings.length), span: piece.span };
        last.mark.append(...shown);
        findings.push(last);
        prose.append(last.mark);
      }
    }
    body.append(element("div", { class: blockClass(block) }, margin(block), prose));
  }
  return { text: body, findings };
}

/** Markup that stands between paragraphs, folded up. */
export function markup(text) {
  return element("details", { class: "markup" },
    element("summary", {}, `… markup, ${characters(text)}`),
    element("div", { class: "source" }, text),
  );
}

function shownPiece(text, skipped, format) {
  const parts = dimmed(text, format);
  return skipped ? [element("span", { class: "skipped", title: notScored(skipped) }, ...parts)] : parts;
}

/** A piece of text with its tags as elements of their own. */
export function dimmed(text, format) {
  return tagged(text, format).map((part, i) => (i % 2 ? element("span", { class: "tag" }, part) : part));
}

/** What is said when the pointer rests on a skipped range. */
export function notScored(skipped) {
  const said = kind(skipped.reason);
  return `${said[0].toUpperCase()}${said.slice(1)}: not scored`;
}

function openable(span, number) {
  return element("mark", {
    class: underline(span),
    role: "button",
    tabindex: "0",
    "aria-label": `${span.text}, ${sign(span)}`,
    "aria-expanded": "false",
    "data-number": String(number),
  });
}

function blockClass({ paragraph }) {
  if (paragraph.flagged) return "block is-flagged";
  return paragraph.status === "scored" ? "block" : "block is-unscored";
}

function margin({ paragraph, skipped }) {
  if (!paragraph) return element("p", { class: "margin" });
  if (paragraph.score === null) return element("p", { class: "margin" }, without(paragraph, skipped));
  return element("p", { class: "margin" },
    element("span", { class: "visually-hidden" }, "Score "),
    element("span", { class: "score" }, percent(paragraph.score)),
    " ",
    paragraph.flagged
      ? element("strong", {}, "flagged")
      : element("span", { class: "visually-hidden" }, "not flagged"),
    " ",
    reading(paragraph) || reserve(paragraph),
  );
}
