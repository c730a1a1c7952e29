/**
 * A new element. Children are elements or strings; strings become text, never markup.
 * An attribute that is null or false is left out, one that is true is set without a value.
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}
