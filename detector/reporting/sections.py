"""The sections of the report as HTML. Whatever comes from a corpus is escaped: a text is never trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final, get_args

from detector.clusters import Kind
from detector.printable import printable
from detector.reporting import figures
from detector.reporting.excerpts import Stretch
from detector.reporting.phrases import Example, Phrase, Phrases
from detector.reporting.seeds import LOOKED_INTO, Member, Pair, Seed, Seeds
from detector.reporting.statistics import NO_VALUE, By, Histogram, Share, Statistics
from detector.results import KINDS, Json
from detector.results import Kind as Reading
from detector.rules import CATEGORIES, catalogue

#: Values of a column, phrases, and clusters of either kind that the page has.
VALUES: Final = 30
PERIODS: Final = 60
PHRASES: Final = 40
WORDS: Final = 20
SPUN: Final = 25
LISTED: Final = 40
#: Likely originals shown for a phrase.
LIKELY: Final = 3

_KINDS: Final[dict[Reading, str]] = {"spun": "swapped words", "machine_translated": "machine translation"}
_STATUSES: Final = {
    "scored": "scored",
    "too_short": "too short: fewer than 20 words",
    "not_prose": "no running prose",
    "not_english": "not English",
    "skipped": "nothing left: quoted, code or the like",
    "error": "could not be read",
}


def shown(text: object) -> str:
    """Text made safe for the page."""
    return escape(printable(str(text)))


def key_figures(statistics: Statistics, phrases: Phrases, seeds: Seeds | None) -> str:
    """The five numbers at the top."""
    documents, paragraphs = statistics.documents, statistics.paragraphs
    rows = [
        (f"{documents.total:,}", f"of {sum(statistics.statuses.values()):,} documents scored", ""),
        (percent(documents), f"of them flagged: {documents.flagged:,}", "strong"),
        (percent(paragraphs), f"of {paragraphs.total:,} scored paragraphs flagged", ""),
        (f"{phrases.spans:,}", "odd phrases marked", ""),
    ]
    if seeds is not None:
        rows.append((f"{len(seeds.of('spun')):,}", "groups of documents spun from one seed", ""))
    items = (f'<li class="{kind}"><b>{figure}</b> {label}</li>' for figure, label, kind in rows)
    return f'<ul class="figures">{"".join(items)}</ul>'


def scored(statistics: Statistics, about: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What was scored, and what could not be."""
    if about:
        items = (f"<div><dt>{name}</dt><dd>{shown(value)}</dd></div>" for name, value in about)
        yield f'<dl class="run">{"".join(items)}</dl>'
    total, parts = sum(statistics.statuses.values()), sum(statistics.paragraph_statuses.values())
    names = [name for name in _STATUSES if statistics.statuses[name] or statistics.paragraph_statuses[name]]
    names += sorted({*statistics.statuses, *statistics.paragraph_statuses} - set(_STATUSES))
    yield _table(
        "Documents and paragraphs by status",
        ("status", "n:documents", "n:share", "n:paragraphs", "n:share"),
        (
            [
                _head(_STATUSES.get(name, name)),
                _number(statistics.statuses[name]),
                _ratio(statistics.statuses[name], total),
                _number(statistics.paragraph_statuses[name]),
                _ratio(statistics.paragraph_statuses[name], parts),
            ]
            for name in names
        ),
    )
    if statistics.errors:
        errors = statistics.errors.most_common()
        yield _table(
            "Why documents could not be read",
            ("error", "n:documents"),
            ([_head(code), _number(count)] for code, count in errors),
        )


def distribution(statistics: Statistics) -> Iterator[str]:
    """The scores."""
    yield (
        '<p class="lead">A score is a probability, calibrated on text of which half is spun. What is flagged depends on '
        "the mode, and for a paragraph on its document too.</p>"
    )
    if not statistics.paragraphs.total:
        yield '<p class="note">Nothing was scored.</p>'
        return
    picture = figures.scores(statistics.document_scores, statistics.paragraph_scores)
    yield (
        f'<figure>{picture}<figcaption><span class="key flagged"></span>flagged<span class="key second"></span>not '
        "flagged</figcaption></figure>"
    )
    rows = list(zip(_tenths(statistics.document_scores), _tenths(statistics.paragraph_scores), strict=True))
    table = _table(
        "Scores by tenths",
        ("score", "n:documents", "n:flagged", "n:paragraphs", "n:flagged"),
        (
            [
                _head(f"{place / 10:.1f} to {(place + 1) / 10:.1f}"),
                *map(_number, (one.total, one.flagged, other.total, other.flagged)),
            ]
            for place, (one, other) in enumerate(rows)
        ),
    )
    yield f"<details><summary>The numbers</summary>{table}</details>"


def _tenths(histogram: Histogram) -> list[Share]:
    width = len(histogram.counts) // 10
    return [
        Share(sum(histogram.flagged[at : at + width]), sum(histogram.counts[at : at + width]))
        for at in range(0, len(histogram.counts), width)
    ]


def groups(statistics: Statistics, number: int) -> Iterator[str]:
    """The flagged share by one column."""
    column = statistics.columns[number]
    rows, others = statistics.table(number, PERIODS if column.period else VALUES)
    if not rows:
        yield '<p class="note">No scored document.</p>'
        return
    dated = [row for row in rows if row[0] != NO_VALUE] if column.period else []
    drawn = len(dated) > 1
    if drawn:
        yield f"<figure>{figures.over_time(dated)}</figure>"
    top = max(share.interval[1] for _, share in rows)
    widest = max(share.share for _, share in rows)
    scale = min(1.0, max(0.01, min(top, 2.5 * widest) if widest else top))
    body = [_group(name, share, scale, "") for name, share in rows]
    if others:
        body.append(_group(f"{others[0]:,} others" if others[0] else "others", others[1], scale, "rest"))
    caption = f"Documents flagged by {column.title}; the line on a bar is the 95 % interval"
    table = _table(caption, (column.title, "n:flagged", "n:scored", "n:share", "n:95 % interval", "bar:"), body)
    yield f"<details><summary>The numbers</summary>{table}</details>" if drawn else table


def _group(name: str, share: Share, scale: float, kind: str) -> list[str]:
    low, high = share.interval
    start, end = (100 * min(1.0, edge / scale) for edge in (low, high))
    bar = (
        f'<td class="bar" aria-hidden="true"><i><b style="width:{100 * min(1.0, share.share / scale):.1f}%"></b>'
        f'<u style="left:{start:.1f}%;width:{end - start:.1f}%"></u></i></td>'
    )
    interval = f'<td class="n">{100 * low:.1f} to {100 * high:.1f} %</td>'
    cells = [_head(name), _number(share.flagged), _number(share.total), f'<td class="n">{percent(share)}</td>']
    return [*cells, interval, bar, kind]


def findings(statistics: Statistics) -> Iterator[str]:
    """Flagged paragraphs by what they read like, and what was marked by rule."""
    total = sum(statistics.kinds.values())
    if total:
        yield _table(
            "Flagged paragraphs by what they read like",
            ("reads like", "n:paragraphs", "n:share"),
            (
                [_head(_KINDS[kind]), _number(statistics.kinds[kind]), _ratio(statistics.kinds[kind], total)]
                for kind in KINDS
            ),
        )
    if not statistics.spans:
        yield '<p class="note">Nothing was marked.</p>'
        return
    yield _table(
        "What was marked, by rule",
        ("rule", "about", "n:documents", "n:times"),
        (
            [
                _head(catalogue.title(rule)),
                f"<td>{shown(CATEGORIES[catalogue.category(rule)])}</td>",
                _number(statistics.marked[rule]),
                _number(count),
            ]
            for rule, count in sorted(statistics.spans.items(), key=lambda row: (-row[1], row[0]))
        ),
    )


def phrase_tables(phrases: Phrases, outlet: By | None) -> Iterator[str]:
    """The most frequent odd phrases, and odd words."""
    several, words = frequent(phrases)
    if not several and not words:
        yield '<p class="note">No odd phrase was marked.</p>'
        return
    yield (
        '<p class="lead">What is marked in most documents, and what probably stood there. A phrase leads to its '
        '<a href="#examples">examples</a>.</p>'
    )
    if several:
        yield _phrase_table("Phrases of several words, the most frequent first", several, 1, outlet)
    if words:
        yield _phrase_table("Single words, the most frequent first", words, len(several) + 1, outlet)
    if phrases.uncounted:
        yield (
            f'<p class="note">There are too many phrases to count each: up to {phrases.uncounted:,} early occurrences of a '
            "phrase may be missing.</p>"
        )


def frequent(phrases: Phrases) -> tuple[list[Phrase], list[Phrase]]:
    """The phrases of several words that the page has, and the single words."""
    return phrases.most_frequent(PHRASES, words=False), phrases.most_frequent(WORDS, words=True)


def _phrase_table(caption: str, rows: Sequence[Phrase], first: int, outlet: By | None) -> str:
    heads = ["phrase", "likely originals", "n:documents", "n:times"]
    return _table(
        caption,
        heads + ([f"n:{outlet.title} count"] if outlet else []),
        (
            [
                f'<th scope="row"><a href="#phrase-{number}">{shown(phrase.text)}</a></th>',
                f'<td class="likely">{_likely(phrase)}</td>',
                _number(phrase.documents),
                _number(phrase.spans),
                *([_number(len(phrase.outlets))] if outlet else []),
            ]
            for number, phrase in enumerate(rows, start=first)
        ),
        "phrases",
    )


def examples(phrases: Phrases) -> Iterator[str]:
    """Where the phrases of the tables stand."""
    rows = [phrase for part in frequent(phrases) for phrase in part]
    if any(example.before is None for phrase in rows for _, example in phrase.examples):
        yield (
            '<p class="note">Without the text there is no sentence to show: run <code>unspun corpus</code> with '
            "<code>--keep text</code>.</p>"
        )
    yield f'<div class="examples">{"".join(_examples(number, one) for number, one in enumerate(rows, start=1))}</div>'


def _likely(phrase: Phrase) -> str:
    first, *rest = phrase.likely[:LIKELY] or ["–"]
    return ", ".join([f"<b>{shown(first)}</b>", *map(shown, rest)])


def _examples(number: int, phrase: Phrase) -> str:
    quotes = "".join(map(_example, (example for _, example in phrase.examples)))
    return f'<div class="example" id="phrase-{number}"><h3>{shown(phrase.text)}</h3>{quotes}</div>'


def _example(example: Example) -> str:
    where = f"<cite>{_name(example.id)}</cite>"
    if example.before is None or example.behind is None:
        return where
    return f"<p>{shown(example.before)}<mark>{shown(example.phrase)}</mark>{shown(example.behind)}</p>{where}"


def clusters(seeds: Seeds | None) -> Iterator[str]:
    """Documents that go back to one text."""
    yield (
        '<p class="lead">Documents that share what a spinner never changes: names, numbers and the grammar between them, in '
        "the same order. Where words were swapped for their neighbours in the dictionary, a spinner was at work. The member "
        "with the lowest score is likely to be the original, or closest to it.</p>"
    )
    if seeds is None:
        yield (
            '<p class="note">This needs the texts: run <code>unspun corpus</code> with <code>--keep text</code>.</p>'
        )
        return
    spun = seeds.of("spun")
    yield f'<p class="note">{_compared(seeds)}</p>'
    for number, seed in enumerate(spun[:SPUN], start=1):
        yield _seed(number, seed)
    if len(spun) > SPUN:
        yield f'<p class="note">… and {len(spun) - SPUN:,} more groups.</p>'
    yield from _listed(
        "Edited", "Reworded by a person, made from one template, or with very few words swapped.", seeds.of("edited")
    )
    yield from _listed("Copies", "The same text with hardly a word changed: reprints.", seeds.of("copies"))


def _listed(title: str, lead: str, found: Sequence[Seed]) -> Iterator[str]:
    """Groups as lists of ids."""
    if not found:
        return
    rows = (
        [
            _number(seed.size),
            f'<td class="n">{_whole(seed.changed)}</td>',
            f"<td>{', '.join(_name(member.id) for member in seed.members)}{' …' * (seed.size > len(seed.members))}</td>",
        ]
        for seed in found[:LISTED]
    )
    table = _table(f"{title}: groups, the largest first", ("n:documents", "n:swapped", "documents, by id"), rows)
    yield f"<h3>{title}</h3><p class='note'>{lead}</p>{table}"
    if len(found) > LISTED:
        yield f'<p class="note">… and {len(found) - LISTED:,} more groups.</p>'


def _compared(seeds: Seeds) -> str:
    lines = [f"{seeds.compared:,} documents were compared with each other."]
    if seeds.left_out:
        lines.append(
            f"{seeds.left_out:,} more were left out; flagged ones came first. <code>--compare</code> takes more."
        )
    spun, edited, copies = (len(seeds.of(kind)) for kind in get_args(Kind))
    lines.append(f"Groups spun from one seed: {spun:,}; edited: {edited:,}; copies: {copies:,}.")
    if seeds.clusters > LOOKED_INTO:
        lines.append(f"Of {seeds.clusters:,} groups the {LOOKED_INTO:,} largest were looked into.")
    return " ".join(lines)


def _seed(number: int, seed: Seed) -> str:
    title = (
        f"{seed.size:,} documents, {seed.flagged:,} flagged, up to {_whole(seed.changed)} of the content words swapped"
    )
    members = "".join(_member(member, first=not place) for place, member in enumerate(seed.members))
    more = f"<li>and {seed.size - len(seed.members):,} more</li>" if seed.size > len(seed.members) else ""
    pairs = [_pair(pair) for pair in seed.pairs]
    rest = f"<details><summary>More members of this group</summary>{''.join(pairs[1:])}</details>" if pairs[1:] else ""
    return (
        f'<div class="seed" id="seed-{number}"><h3>{title}</h3><ul class="members">{members}{more}</ul>'
        f"{''.join(pairs[:1])}{rest}</div>"
    )


def _member(member: Member, first: bool) -> str:
    score = "–" if member.score is None else f"{member.score:.2f}"
    flag = ' <span class="flag">flagged</span>' if member.flagged else ""
    likely = " (likely original)" if first else ""
    return f'<li><span class="n">{score}</span>{flag} {_name(member.id)}{likely}</li>'


def _pair(pair: Pair) -> str:
    rows = [[_side(passage, here=True), _side(passage, here=False)] for passage in pair.excerpts]
    heads = (f"raw:{_name(pair.original.id)}", f"raw:{_name(pair.other.id)}")
    caption = f"Where the two differ, {_whole(pair.changed)} of the content words swapped"
    return _table(caption, heads, rows, "pair")


def _side(passage: Sequence[Stretch], here: bool) -> str:
    out = []
    for stretch in passage:
        text = stretch.here if here else stretch.there
        bare = text.rstrip()
        space = " " if bare != text else ""
        out.append(f"<mark>{shown(bare)}</mark>{space}" if stretch.differs and bare else shown(bare) + space)
    return f"<td>{''.join(out)}</td>"


def _name(id: str) -> str:
    """An id. Whatever script it is in, it does not reorder what stands beside it."""
    return f"<bdi>{shown(id)}</bdi>"


def _whole(share: float) -> str:
    return f"{100 * share:.0f} %"


def percent(share: Share) -> str:
    """The share, a dash where there is none."""
    return f"{100 * share.share:.1f} %" if share.total else "–"


def _table(caption: str, heads: Sequence[str], rows: Iterable[list[str]], kind: str = "") -> str:
    """heads: `n:` before a column of numbers, `bar:` before one of bars, `raw:` before HTML. A last cell of a row that is
    no cell is the row's class."""
    body = []
    for cells in rows:
        name = "" if cells[-1].startswith("<") else cells[-1]
        body.append(f'<tr class="{name}">' if name else "<tr>")
        body += cells[:-1] if not cells[-1].startswith("<") else cells
        body.append("</tr>")
    head = "" if not any(heads) else f"<thead><tr>{''.join(map(_column, heads))}</tr></thead>"
    return (
        f'<div class="wide" tabindex="0" role="group" aria-label="{escape(caption)}"><table class="{kind}">'
        f"<caption>{escape(caption)}</caption>{head}<tbody>{''.join(body)}</tbody></table></div>"
    )


def _column(head: str) -> str:
    kind, colon, name = head.partition(":")
    if not colon or kind not in ("n", "bar", "raw"):
        return f'<th scope="col">{shown(head)}</th>'
    if kind == "bar":
        return '<th class="bar" aria-hidden="true"></th>'
    return f'<th scope="col">{name}</th>' if kind == "raw" else f'<th scope="col" class="n">{shown(name)}</th>'


def _head(name: str) -> str:
    return f'<th scope="row">{shown(name)}</th>'


def _number(count: int) -> str:
    return f'<td class="n">{count:,}</td>'


def _ratio(count: int, total: int) -> str:
    return f'<td class="n">{100 * count / total:.1f} %</td>' if total else '<td class="n">–</td>'


def of_run(manifest: Json) -> list[tuple[str, str]]:
    """What the manifest says of the run, name and value; empty where there is none."""
    key, inputs = manifest["key"], manifest.get("inputs")
    model, options, program = (key[name] for name in ("model", "options", "program"))
    count = inputs.get("count") if isinstance(inputs, dict) else None
    skip = options.get("skip")
    found = [
        ("model", f"{model.get('name', '')} {model.get('version', '')}".strip()),
        ("mode", options.get("mode")),
        ("left out of the judgement", ", ".join(map(str, skip)) if isinstance(skip, list) else None),
        ("input", f"{count:,} file{'s' * (count != 1)}" if isinstance(count, int) else None),
        ("finished", _minute(str(manifest.get("finished") or ""))),
        ("program", f"unspun {program['unspun']}" if "unspun" in program else None),
    ]
    return [(name, str(value)) for name, value in found if value]


def _minute(time: str) -> str:
    """`2026-01-02T03:04:05+00:00` as people read it."""
    return f"{time[:10]} {time[11:16]} UTC" if time.endswith("+00:00") else time
