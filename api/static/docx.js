/** The text of a Word file: its paragraphs, with a blank line between them. */

import { Damaged, member } from "./zip.js";

/** The usual names of the main part; some of Microsoft's servers write document2.xml. */
const MAIN_PART = /^word\/document\d*\.xml$/;
const MOST_BYTES = 64 * 1024 * 1024;
const NAMESPACES = [
  "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
  "http://purl.oclc.org/ooxml/wordprocessingml/main",
];
/** What is in the file but not on the page: what was moved away, and what older programs show instead of a drawing. */
const UNSEEN = new Set(["moveFrom", "Fallback"]);
const OLD_WORD = [0xd0, 0xcf, 0x11, 0xe0];

/** Throws Damaged with a sentence for the reader. */
export async function docxText(buffer) {
  const head = new Uint8Array(buffer, 0, Math.min(4, buffer.byteLength));
  if (OLD_WORD.every((byte, at) => head[at] === byte)) {
    throw new Damaged("This is an old Word file (.doc), or one with a password. Save it as .docx without a password.");
  }
  const bytes = await member(buffer, MAIN_PART, MOST_BYTES);
  if (bytes === null) throw new Damaged("There is no Word document in this file.");
  const xml = new DOMParser().parseFromString(new TextDecoder().decode(bytes), "application/xml");
  if (xml.querySelector("parsererror")) throw new Damaged("The file is damaged: the text in it cannot be read.");
  return text(xml.documentElement);
}

function text(root) {
  const done = [];
  const open = [];

  function end() {
    const paragraph = open.splice(0).join("").trimEnd();
    if (paragraph.trim()) done.push(paragraph);
  }

  function walk(node) {
    for (const child of node.children) {
      if (UNSEEN.has(child.localName)) continue;
      const name = NAMESPACES.includes(child.namespaceURI) ? child.localName : "";
      if (name === "t") open.push(child.textContent);
      else if (name === "tab") open.push("\t");
      else if (name === "br" || name === "cr") open.push("\n");
      else if (name === "noBreakHyphen") open.push("\u2011");
      else if (name === "p") {
        end(); // a paragraph in a text box stands inside another one
        walk(child);
        end();
      } else if (name !== "pPr" && name !== "rPr") walk(child); // properties hold tab stops, which are called tab too
    }
  }

  walk(root);
  end();
  return done.join("\n\n");
}
