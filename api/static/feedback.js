/** The three buttons with which a moderator says whether we were right. */

import { element } from "./dom.js";

const VERDICTS = [["right", "Right"], ["wrong", "Wrong"], ["not_sure", "Not sure"]];

/**
 * question: what is asked. given: the verdict sent before, or undefined.
 * send(verdict, storeText): posts it; its rejection's message is shown.
 */
export function feedbackForm(question, given, send) {
  const store = element("input", { type: "checkbox" });
  const said = element("p", { class: "said", role: "status" }, given ? "Thank you, noted." : "");
  const buttons = VERDICTS.map(([verdict, name]) =>
    element("button", { type: "button", "aria-pressed": String(verdict === given), "data-verdict": verdict }, name));

  for (const button of buttons) {
    button.addEventListener("click", async () => {
      said.textContent = "Sending …";
      try {
        await send(button.dataset.verdict, store.checked);
      } catch (error) {
        said.textContent = error.message;
        return;
      }
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      said.textContent = store.checked ? "Thank you, noted with the text." : "Thank you, noted without the text.";
    });
  }
  return element("div", { class: "feedback", role: "group", "aria-label": question },
    element("p", { class: "question" }, question),
    element("div", { class: "verdicts" }, ...buttons),
    element("label", { class: "store" }, store, " also store the text"),
    said,
  );
}
