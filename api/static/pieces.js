/** A text cut up at the ranges of a reply. Pure functions over UTF-16 offsets. */

/** Markup that is no longer, as most is, would only be in the reader's way. */
const SHORT_MARKUP = 120;
const TAG = /(<[!/a-z][^<>]*>)/i;

/**
 * The text as blocks {start, end, paragraph, spans, skipped}: the paragraphs, and with paragraph null the longer
 * markup between them. skipped: the ranges that reach into the block.
 */
export function blocks(text, reply) {
  const found = [];
  const { skipped } = reply; // in order and apart
  let at = 0;
  let next = 0;

  function add(start, end, paragraph) {
    while (next < skipped.length && skipped[next].end <= start) next++;
    const inside = [];
    for (let i = next; i < skipped.length && skipped[i].start < end; i++) inside.push(skipped[i]);
    found.push({ start, end, paragraph, spans: paragraph?.spans ?? [], skipped: inside });
  }

  function addBetween(end) {
    const gap = text.slice(at, end);
    if (gap.trim().length <= SHORT_MARKUP) return;
    const lead = gap.length - gap.trimStart().length;
    add(at + lead, at + gap.trimEnd().length, null);
  }

  for (const paragraph of reply.paragraphs) {
    addBetween(paragraph.start);
    add(paragraph.start, paragraph.end, paragraph);
    at = paragraph.end;
  }
  addBetween(text.length);
  return found;
}

/** A block as consecutive pieces {start, end, span, skipped}; span and skipped are null where there is none. */
export function pieces(block) {
  const cuts = new Set([block.start, block.end]);
  for (const range of [...block.spans, ...block.skipped]) {
    for (const at of [range.start, range.end]) if (at > block.start && at < block.end) cuts.add(at);
  }
  const places = [...cuts].sort((a, b) => a - b);
  const span = finder(block.spans);
  const skipped = finder(block.skipped);
  return places.slice(1).map((end, i) => ({ start: places[i], end, span: span(places[i]), skipped: skipped(places[i]) }));
}

/** A piece of text as [text, tag, text, tag, …, text]; a text that is not HTML has no tags. */
export function tagged(text, format) {
  return format === "html" ? text.split(TAG) : [text];
}

/** Which of the ranges, which stand in order and apart, covers a place; places must be asked for in order. */
function finder(ranges) {
  let i = 0;
  return (at) => {
    while (i < ranges.length && ranges[i].end <= at) i++;
    return i < ranges.length && ranges[i].start <= at ? ranges[i] : null;
  };
}
