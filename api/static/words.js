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

const STATUSES = { too_short: "too short", not_prose: "not prose", not_english: "not English", skipped: "left out" };

/** Why a paragraph has no score, in two words for the margin. */
export function status(code) {
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

const REASONS = {
  "quote": ["quotation", "quotations"],
  "block-quote": ["block quotation", "block quotations"],
  "code": ["piece of code", "pieces of code"],
  "heading": ["heading", "headings"],
  "list": ["list", "lists"],
  "url": ["web address", "web addresses"],
};

/** What a skipped range is. */
export function reason(code, number = 1) {
  const [one, several] = REASONS[code] ?? [code, code];
  return number === 1 ? one : several;
}
