/** From a file to text, in the browser. */

import { docxText } from "./docx.js";
import { Damaged } from "./zip.js";

export class Unreadable extends Error {}

const FORMATS = { txt: "text", md: "markdown", markdown: "markdown", html: "html", htm: "html" };
/** Pictures make a Word file large; what the server takes of the text is its own matter. */
const MOST_BYTES = { docx: 50 * 1024 * 1024, other: 10 * 1024 * 1024 };

/** The text, how to read it, and a note for the user or "". Throws Unreadable with a sentence. */
export async function readFile(file) {
  const ending = file.name.toLowerCase().match(/\.([a-z]+)$/)?.[1] ?? "";
  const isDocx = ending === "docx";
  if (!isDocx && !(ending in FORMATS) && !file.type.startsWith("text/")) {
    throw new Unreadable("This kind of file cannot be read here. Use .txt, .md, .html or .docx.");
  }
  const most = isDocx ? MOST_BYTES.docx : MOST_BYTES.other;
  if (file.size > most) throw new Unreadable(`The file is over ${most / 1024 / 1024} MB.`);
  const buffer = await file.arrayBuffer().catch(() => {
    throw new Unreadable("The browser could not read the file.");
  });
  if (!isDocx) return { ...decoded(buffer), format: FORMATS[ending] ?? "text" };
  try {
    return { text: await docxText(buffer), note: "", format: "text" };
  } catch (error) {
    if (error instanceof Damaged) throw new Unreadable(error.message);
    throw error;
  }
}

/** UTF-8 or, by its mark, UTF-16; whatever is neither was written on an old Windows machine. */
function decoded(buffer) {
  const [first, second] = new Uint8Array(buffer, 0, Math.min(2, buffer.byteLength));
  if (first === 0xff && second === 0xfe) return { text: new TextDecoder("utf-16le").decode(buffer), note: "" };
  if (first === 0xfe && second === 0xff) return { text: new TextDecoder("utf-16be").decode(buffer), note: "" };
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(buffer), note: "" };
  } catch {
    const text = new TextDecoder("windows-1252").decode(buffer);
    return { text, note: "It is not UTF-8 and was read as Windows-1252." };
  }
}
