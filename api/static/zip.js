/** As much of the ZIP format as reading one member of a .docx needs. */

const END = 0x06054b50;
const MEMBER = 0x02014b50;
const LOCAL = 0x04034b50;
const END_SIZE = 22;
const LONGEST_COMMENT = 0xffff;
const ENCRYPTED = 1;
const STORED = 0;
const DEFLATED = 8;
/** Stands for a size that is written elsewhere, in archives over 4 GB. */
const ELSEWHERE = 0xffffffff;

export class Damaged extends Error {}

/** The member whose name matches, as bytes; null where there is none. Throws Damaged, also for one over `most` bytes. */
export async function member(buffer, name, most) {
  const found = entries(buffer).find((entry) => name.test(entry.name));
  if (!found) return null;
  if (found.flags & ENCRYPTED) throw new Damaged("The file is protected by a password.");
  if (found.size > most) throw new Damaged("The text in the file is too long.");
  const packed = contents(buffer, found);
  const unpacked = found.method === STORED ? packed : await inflated(packed, found.method, most);
  if (unpacked.length !== found.size) throw new Damaged("The file is damaged: a part of it is missing.");
  return unpacked;
}

/** The list of members at the archive's end. */
function entries(buffer) {
  const view = new DataView(buffer);
  return checked(() => {
    const end = endOfArchive(view);
    const found = [];
    let at = view.getUint32(end + 16, true);
    for (let left = view.getUint16(end + 10, true); left > 0; left--) {
      if (view.getUint32(at, true) !== MEMBER) throw new RangeError();
      const lengths = [28, 30, 32].map((place) => view.getUint16(at + place, true)); // name, extra, comment
      found.push({
        flags: view.getUint16(at + 8, true),
        method: view.getUint16(at + 10, true),
        packed: view.getUint32(at + 20, true),
        size: view.getUint32(at + 24, true),
        local: view.getUint32(at + 42, true),
        name: new TextDecoder().decode(new Uint8Array(buffer, at + 46, lengths[0])),
      });
      at += 46 + lengths[0] + lengths[1] + lengths[2];
    }
    return found;
  });
}

function endOfArchive(view) {
  const first = Math.max(0, view.byteLength - END_SIZE - LONGEST_COMMENT);
  for (let at = view.byteLength - END_SIZE; at >= first; at--) {
    if (view.getUint32(at, true) === END) return at;
  }
  throw new RangeError();
}

function contents(buffer, entry) {
  if (entry.packed === ELSEWHERE || entry.size === ELSEWHERE) throw new Damaged("The file is too large.");
  return checked(() => {
    const view = new DataView(buffer);
    if (view.getUint32(entry.local, true) !== LOCAL) throw new RangeError();
    const start = entry.local + 30 + view.getUint16(entry.local + 26, true) + view.getUint16(entry.local + 28, true);
    return new Uint8Array(buffer, start, entry.packed);
  });
}

async function inflated(packed, method, most) {
  if (method !== DEFLATED) throw new Damaged("The file is packed in a way that this page cannot read.");
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
  const chunks = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      chunks.push(value);
      if (size > most) break;
    }
  } catch {
    throw new Damaged("The file is damaged: its contents cannot be unpacked.");
  }
  if (size > most) {
    await reader.cancel();
    throw new Damaged("The text in the file is too long.");
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** Whatever points outside of the file, or at the wrong place in it, is damage. */
function checked(read) {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new Damaged("The file is damaged, or not a .docx file.");
    throw error;
  }
}
