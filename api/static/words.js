/** What numbers and codes are called on the page. */

/** A probability for people; it never claims certainty. */
export function percent(probability) {
  if (probability > 0.99) return "over 99%";
  if (probability < 0.01) return "under 1%";
  return `${Math.round(probability * 100)}%`;
}

const RATE = new Intl.NumberFormat("en", { style: "percent", maximumSignificantDigits: 2 });

/** A small rate, with two significant digits. */
export function rate(share) {
  return RATE.format(share);
}

/** `1 heading`, `2 headings`. */
export function count(number, one, several = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : several}`;
}

/** How strong a sign an odd phrase is, from its score; the name is its class in the style sheet. */
export function strength(score) {
  if (score >= 0.85) return "strong";
  if (score >= 0.65) return "clear";
  return "slight";
}

export const STRENGTHS = ["slight", "clear", "strong"];

/** A score that is high but not flagged has its reason said beside it. */
const HIGH = 0.5;

/** What is to be said beside the score of a paragraph that is not flagged, or "". */
export function reserve(paragraph) {
  return paragraph.score >= HIGH && !paragraph.flagged ? "below the bar of this mode" : "";
}

/** What a flagged paragraph reads like, where that is not swapped words; or "". */
export function reading({ flagged, kinds }) {
  return flagged && kinds && kinds.machine_translated > kinds.spun ? "reads like machine translation" : "";
}

/** What a finding may be about, beside its wording; the names are classes in the style sheet. */
export const CATEGORIES = { names: "names and terms", grammar: "grammar", debris: "debris" };

/** Characters as people count them, near enough: an emoji outside of the first plane is one. */
export function characters(text) {
  return count([...text].length, "character");
}

/** Why a paragraph has no score, for the margin. skipped: the ranges of the reply that reach into it. */
export function without(paragraph, skipped) {
  const said = status(paragraph.status);
  if (paragraph.status !== "skipped" || !skipped.length) return said;
  return `${said}: ${[...new Set(skipped.map((range) => kind(range.reason)))].join(", ")}`;
}

const STATUSES = { too_short: "too short", not_prose: "not prose", not_english: "not English", skipped: "left out" };

function status(code) {
  return STATUSES[code] ?? code.replaceAll("_", " ");
}

const UNSCORED = {
  too_short: "It needs at least one paragraph of 20 words of running prose.",
  not_prose: "It does not look like running prose.",
  not_english: "It does not look like English.",
  skipped: "All of it is left out: quotations, headings, lists, code or addresses.",
};

/** Why a whole text has no score, as a sentence. */
export function unscored(code) {
  return UNSCORED[code] ?? `Its status is: ${status(code)}.`;
}

/** The kind of a skipped range; one of them, several of them. */
const REASONS = {
  "quote": ["quotation", "quotation", "quotations"],
  "block-quote": ["quotation", "block quotation", "block quotations"],
  "code": ["code", "piece of code", "pieces of code"],
  "heading": ["heading", "heading", "headings"],
  "list": ["list", "list", "lists"],
  "url": ["address", "address", "addresses"],
};
const named = (code) => REASONS[code] ?? [code, code, code];

/** What a skipped range is, in one word. */
export function kind(code) {
  return named(code)[0];
}

/** `1 piece of code`, `2 pieces of code`. */
export function reasons(number, code) {
  const [, one, several] = named(code);
  return count(number, one, several);
}
