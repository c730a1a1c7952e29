/** The calls to the server. Every failure is a Refusal whose message can be shown as it is. */

const KEY = "unspun-api-key";

export class Refusal extends Error {
  /** status: of HTTP, 0 where no answer came. */
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }

  /** Whether another API key may help. Without one, a server that refuses and names no key wants something else. */
  get wantsKey() {
    return this.status === 401 || (this.status === 403 && apiKey() !== "");
  }
}

/** The API key, kept for this tab only. A browser that keeps nothing for us throws; then there is none. */
export function apiKey() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

export function keepApiKey(key) {
  try {
    if (key) sessionStorage.setItem(KEY, key);
    else sessionStorage.removeItem(KEY);
  } catch {
    throw new Refusal("This browser is set to keep nothing for this page, so no key can be used here.");
  }
}

/** Which model answers: name, version, modes with their false-positive rates, limits. */
export function model() {
  return call("v1/model");
}

/** What is looked for: {rules: [{id, category, title, …}]}. */
export function rules() {
  return call("v1/rules");
}

/** The reply of POST /v1/score for {text, mode, format, skip}; offsets count UTF-16 units, as JavaScript does. */
export function score(wanted, signal) {
  return call("v1/score", asked(wanted), signal);
}

/** Throws a Refusal where the request would be larger than the server takes. model: its description, or null. */
export function checkSize(wanted, model) {
  const most = model?.limits?.body_bytes ?? Infinity;
  const size = new TextEncoder().encode(JSON.stringify(asked(wanted))).length;
  if (size <= most) return;
  const [taken, limit] = [Math.ceil(size / 1e5) / 10, Math.floor(most / 1e5) / 10];
  throw new Refusal(`The text is too long: it has ${taken} MB, and this server takes ${limit} MB at a time.`);
}

function asked(wanted) {
  return { ...wanted, offset_unit: "utf16" };
}

/** Tell what was right or wrong. span: of the text, or null for the text as a whole. */
export function feedback(text, span, verdict, model, storeText) {
  return call("v1/feedback", {
    text,
    span: span && { start: span.start, end: span.end },
    verdict,
    model: `${model.name}@${model.version}`,
    offset_unit: "utf16",
    store_text: storeText,
  }).catch((error) => {
    throw error.status === 404 ? new Refusal("This server keeps no feedback.", 404) : error;
  });
}

async function call(path, body, signal) {
  const headers = {};
  if (body) headers["Content-Type"] = "application/json";
  if (apiKey()) headers["X-API-Key"] = apiKey();
  let response, answer;
  try {
    response = await fetch(path, {
      method: body ? "POST" : "GET",
      headers,
      body: body && JSON.stringify(body),
      signal,
      cache: "no-store",
      credentials: "same-origin",
    });
    answer = await response.text();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal("The server cannot be reached. Look at the connection, then try again.");
  }
  const told = parsed(answer);
  if (!response.ok) throw new Refusal(sentence(response, told), response.status);
  if (told === null) throw new Refusal("The server gave an answer that this page cannot read.", response.status);
  return told;
}

function parsed(answer) {
  try {
    return JSON.parse(answer);
  } catch {
    return null;
  }
}

/** What went wrong, from an RFC 9457 problem; something between us and the server may answer with anything else. */
function sentence(response, problem) {
  const details = [problem?.detail ?? `The server answered with ${response.status}.`];
  for (const fault of problem?.errors ?? []) details.push(fault.detail);
  const seconds = Number(response.headers.get("Retry-After"));
  if (seconds > 0) details.push(`Try again in ${seconds === 1 ? "a second" : `${seconds} seconds`}.`);
  return details.join(" ");
}
