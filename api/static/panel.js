/** The panel that explains one finding, and the ways to get from finding to finding. */

import { element } from "./dom.js";
import { feedbackForm } from "./feedback.js";
import { sign, underline } from "./rules.js";
import { percent } from "./words.js";

/** A pointer that only passes over a phrase opens nothing. */
const HOVER_MILLISECONDS = 120;
const STEPS = { n: 1, ArrowRight: 1, ArrowDown: 1, p: -1, ArrowLeft: -1, ArrowUp: -1 };

export class Panel {
  #findings = [];
  #open = null;
  #pinned = false;
  #timer = 0;
  #send;
  #given = new WeakMap();

  /** findings: {mark, span}, in order. send(span, verdict, storeText): posts feedback. */
  constructor(findings, send) {
    this.#findings = findings;
    this.#send = send;
    this.root = element("aside", { id: "finding", class: "panel", "aria-labelledby": "finding-title" });
    this.#showHint();
  }

  /** Listen in `region`, which holds the text and this panel. */
  listen(region) {
    region.addEventListener("pointerover", (event) => this.#hovered(event));
    region.addEventListener("pointerout", () => clearTimeout(this.#timer));
    region.addEventListener("focusin", (event) => this.#focused(event));
    region.addEventListener("click", (event) => this.#clicked(event));
    region.addEventListener("keydown", (event) => this.#pressed(event));
  }

  #at(target) {
    const mark = target.closest?.("mark[data-number]");
    return mark ? Number(mark.dataset.number) : null;
  }

  #hovered(event) {
    clearTimeout(this.#timer);
    const number = this.#at(event.target);
    if (number === null || event.pointerType !== "mouse" || this.#pinned) return;
    this.#timer = setTimeout(() => this.#show(number), HOVER_MILLISECONDS);
  }

  #focused(event) {
    const number = this.#at(event.target);
    if (number !== null) this.#show(number);
  }

  #clicked(event) {
    const number = this.#at(event.target);
    if (number === null) return;
    this.#pinned = true;
    this.#show(number);
  }

  #pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("input, textarea, select")) return;
    const number = this.#at(event.target);
    if (event.key === "Escape" && this.#open !== null) this.close();
    else if ((event.key === "Enter" || event.key === " ") && number !== null) this.#enter(number);
    else if (event.key in STEPS && !(event.key.startsWith("Arrow") && this.root.contains(event.target))) {
      this.#step(STEPS[event.key]);
    } else return;
    event.preventDefault();
  }

  /** Open a finding and go into the panel. */
  #enter(number) {
    this.#pinned = true;
    this.#show(number);
    this.root.querySelector("h3").focus();
  }

  /** Go to the next finding, or the one before; from the last to the first. */
  #step(by) {
    const { length } = this.#findings;
    if (!length) return;
    const from = this.#open ?? (by > 0 ? -1 : length);
    const mark = this.#findings[(from + by + length) % length].mark;
    mark.focus({ preventScroll: true });
    mark.scrollIntoView({ block: "nearest" });
  }

  /** Close the panel; where the focus was in it, it goes back to the finding. */
  close() {
    if (this.#open === null) return;
    const { mark } = this.#findings[this.#open];
    if (this.root.contains(document.activeElement)) mark.focus();
    mark.setAttribute("aria-expanded", "false");
    mark.removeAttribute("aria-controls");
    this.#pinned = false;
    this.#open = null;
    this.#showHint();
  }

  #show(number) {
    if (this.#open === number) return;
    const pinned = this.#pinned;
    if (this.#open !== null) this.close();
    this.#pinned = pinned;
    this.#open = number;
    const { mark, span } = this.#findings[number];
    mark.setAttribute("aria-expanded", "true");
    mark.setAttribute("aria-controls", this.root.id);
    this.root.classList.add("is-open");
    document.documentElement.classList.add("panel-open");
    this.root.replaceChildren(this.#bar(number), ...this.#explanation(span), this.#feedback(span));
    mark.scrollIntoView({ block: "nearest" });
  }

  #showHint() {
    this.root.classList.remove("is-open");
    document.documentElement.classList.remove("panel-open");
    this.root.replaceChildren(
      element("h3", { id: "finding-title", tabindex: "-1" }, "Findings"),
      element("p", { class: "hint" }, this.#findings.length
        ? "Point at an underlined phrase, or go from one to the next with n and p. Enter opens one, Escape closes it."
        : "No phrase of this text is underlined."),
    );
  }

  #explanation(span) {
    const [best, ...others] = span.suggestions;
    const parts = [
      element("h3", { id: "finding-title", tabindex: "-1" }, `“${span.text}”`),
      element("p", { class: "sign" }, element("span", { class: `sample ${underline(span)}` }, sign(span)), ` score ${percent(span.score)}`),
    ];
    if (best) parts.push(element("p", { class: "best" }, "probably: ", element("strong", {}, best)));
    if (others.length) parts.push(element("p", { class: "others" }, `or: ${others.join(", ")}`));
    parts.push(element("p", { class: "why" }, span.message));
    return parts;
  }

  #feedback(span) {
    return feedbackForm("Is this finding right?", this.#given.get(span), async (verdict, storeText) => {
      await this.#send(span, verdict, storeText);
      this.#given.set(span, verdict);
    });
  }

  /** Where we are among the findings, and the ways on; its buttons stay in place while the rest changes. */
  #bar(number) {
    const place = `${(number + 1).toLocaleString("en")} of ${this.#findings.length.toLocaleString("en")}`;
    return element("div", { class: "bar" },
      element("span", {}, place),
      button("Previous finding", "‹", () => this.#step(-1)),
      button("Next finding", "›", () => this.#step(1)),
      button("Close", "✕", () => this.close()),
    );
  }
}

function button(name, sign, action) {
  const made = element("button", { type: "button", "aria-label": name }, sign);
  made.addEventListener("click", action);
  return made;
}
