/** What the rules of the findings are called, and how what they find is underlined. */

import * as service from "./service.js";
import { strength } from "./words.js";

/** Rules by id, as GET /v1/rules has them. */
let known = new Map();

/** Ask for the rules once. The page works without; a rule is then called by its id. */
export async function learn() {
  if (known.size) return;
  try {
    known = new Map((await service.rules()).rules.map((rule) => [rule.id, rule]));
  } catch {
    known = new Map();
  }
}

/** What the finding's rule is called. */
export function title(span) {
  const plain = span.rule.replaceAll("-", " ");
  return known.get(span.rule)?.title ?? plain[0].toUpperCase() + plain.slice(1);
}

/** The name of a finding's underline in the style sheet: how odd a wording is, or what else is wrong. */
export function underline(span) {
  const category = known.get(span.rule)?.category ?? "wording";
  return category === "wording" ? strength(span.score) : category;
}

/** What is said of a finding beside its underline: of a wording, how strong a sign it is. */
export function sign(span) {
  const look = underline(span);
  return look === strength(span.score) ? `${title(span)}, ${look} sign` : title(span);
}
