"""Short articles written for the tests, a spinner of one small dictionary, and rows as `unspun corpus` writes them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from fake import FakeScorer

from detector.columns import ORIGIN, Unit, document_row, failure_row, judged_types, origin_types, paragraph_rows
from detector.results import Failure

BRIDGE = (
    "The town council of Harwick voted on Tuesday to close the old iron bridge over the River Tessel after engineers from "
    "Brand & Lowe found cracks in 14 of its 62 beams. The bridge, built in 1887 by Ambrose Quill, carries about 3,400 cars "
    "a day between the market square and the district of Nordham. Mayor Linda Forsyth said the repairs would cost the town "
    "2.6 million and could not begin before March 2019. Until then buses of line 7 will go round by Elmer Street, which "
    "adds 18 minutes to the way from the station to the hospital of St Brannoc.\n\n"
    "Shop owners on the Nordham side have asked for help. Peter Osei, who sells bread at number 31, said that he had lost "
    "half of his customers within a week. A committee led by Joan Whitlock will meet them on Friday at 6 in the old school."
)
HARBOUR = (
    "A fishing boat from Kilbrook sank early on Sunday, 9 miles off the coast of Tarrow, after it hit a container that had "
    "fallen from a freighter in the storm of last week. All 5 members of the crew were saved by the lifeboat Margaret Ann, "
    "which reached them at 4.40 in the morning. Skipper Donal Reavey, 58, was taken to a hospital in Portmoyle with a broken "
    "arm. It is the third accident of its kind since 2016, and the union of the fishermen has asked the ministry in Ardglen "
    "to make the shipping companies pay for the search.\n\n"
    "The freighter Silver Dace, which sails under the flag of Malta, lost 23 containers between Tarrow Head and the Skerries. "
    "Only 8 of them have been found. A spokesman for the owners, Veldt Marine, said on Monday that they were doing what they "
    "could to help."
)
LIBRARY = (
    "The county library in Osmere will stay open until 10 at night from the first of October, its director Ruth Calloway told "
    "reporters on Thursday. In a survey among 1,250 readers, 71 per cent had asked for longer hours. The library lent 412,000 "
    "books last year, which is 6 per cent more than in 2014, and the number of people under 25 who hold a card has doubled "
    "since the reading room on Gable Lane was opened by the writer Tomas Eide.\n\n"
    "To pay for it the county will sell the house in Finch Road that it got from the heirs of Cornelius Babbage in 1962. The "
    "opposition, led by Hugh Penrose, called the sale a mistake and said that it would vote against it on the 12th."
)
ORCHARD = (
    "Growers in the Lenham valley expect the smallest harvest of apples since 1991. Frost in the night of April 27 killed up "
    "to 80 per cent of the blossoms, said Martha Veitch of the Union of Orchards, and what was left suffered from the hail "
    "of June 3. Some 640 farms between Lenham and Castle Dorrow live on fruit. The state of Wessen has promised them 11 "
    "million, of which not a penny has been paid, according to Veitch.\n\n"
    "In the shops a kilo of Red Marlow costs 3.20, against 2.10 a year ago. Importers bring in apples from Chile and from "
    "South Tyrol. The cider maker Josiah Crabb & Sons in Lower Dorrow has sent 45 of its 120 workers home until September."
)
ARTICLES = (BRIDGE, HARBOUR, LIBRARY, ORCHARD)

SYNONYMS = {
    word: swap.split("|")
    for word, swap in {
        "town": "municipality|borough", "close": "shut|terminate", "old": "antique|aged", "found": "discovered|located",
        "cracks": "fissures|splits", "beams": "rays|girders", "built": "constructed|assembled", "carries": "conveys|hauls",
        "cars": "vehicles|autos", "repairs": "fixes|mendings", "cost": "price|expense", "begin": "commence|launch",
        "adds": "appends|supplements", "minutes": "proceedings|moments", "way": "manner|method", "asked": "inquired|queried",
        "help": "assistance|aid", "sells": "vends|peddles", "bread": "loaves|dough", "lost": "misplaced|forfeited",
        "customers": "patrons|clients", "meet": "encounter|satisfy", "school": "academy|college", "boat": "vessel|craft",
        "hit": "struck|smashed", "fallen": "dropped|tumbled", "storm": "tempest|gale", "crew": "team|gang",
        "saved": "rescued|spared", "reached": "attained|achieved", "morning": "dawn|daybreak", "broken": "fractured|busted",
        "arm": "limb|weapon", "accident": "mishap|mischance", "kind": "sort|gentle", "companies": "firms|enterprises",
        "search": "hunt|quest", "stay": "remain|linger", "open": "unlocked|ajar", "night": "evening|darkness",
        "told": "informed|advised", "longer": "lengthier|extended", "hours": "periods|times", "books": "volumes|tomes",
        "sell": "vend|peddle", "house": "dwelling|abode", "mistake": "error|blunder", "smallest": "tiniest|littlest",
        "harvest": "crop|yield", "killed": "slaughtered|murdered", "farms": "ranches|homesteads", "fruit": "produce|berries",
        "promised": "pledged|vowed", "paid": "compensated|remunerated", "shops": "stores|boutiques", "workers": "employees|labourers",
        "home": "residence|abode",
    }.items()
}  # fmt: skip


def spun(text: str, choice: int) -> str:
    """Every word that the dictionary has, replaced by one of its two synonyms; with 2 and 3 they alternate."""
    out, met = [], 0
    for word in text.split(" "):
        bare = word.strip(".,\n")
        if bare in SYNONYMS:
            met += 1
            word = word.replace(bare, SYNONYMS[bare][(choice + met * (choice > 1)) % 2])
        out.append(word)
    return " ".join(out)


def rows(
    texts: Sequence[str], unit: Unit = "document", kept: Sequence[dict[str, Any]] = (), ids: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """The rows of a run of `unspun corpus` around the fake detector; `kept` per document. A text "!" could not be read."""
    found: list[dict[str, Any]] = []
    names = list(ids) or [f"document {number}" for number in range(1, len(texts) + 1)]
    for line, (name, text, own) in enumerate(zip_longest(names, texts, kept, fillvalue={}), start=1):
        assert isinstance(text, str)
        origin = dict(zip(ORIGIN, (name, "in.jsonl", line), strict=True))
        if text == "!":
            blank = dict.fromkeys(own)
            found.append(
                {**origin, **blank, **failure_row(Failure(str(name), line, "not_json", "The line is not JSON."), unit)}
            )
            continue
        document = FakeScorer().score(text).documents[0]
        if unit == "document":
            found.append({**origin, **own, **document_row(document)})
            continue
        for row in paragraph_rows(document):
            part = {"text": text[row["start"] : row["end"]]} if "text" in own and row["start"] is not None else {}
            found.append({**origin, **own, **part, **row})
    return found


def write_jsonl(path: Path, table: Iterable[dict[str, Any]]) -> Path:
    """As JSON lines, compressed where the name says so."""
    data = "".join(json.dumps(row) + "\n" for row in table).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def write_parquet(path: Path, table: Sequence[dict[str, Any]], unit: Unit) -> Path:
    """As Parquet, in row groups of three."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {**origin_types(), **judged_types(unit)}
    kept = {name: pa.string() for name in table[0] if name not in types}
    schema = pa.schema({**origin_types(), **kept, **judged_types(unit)})
    pq.write_table(pa.Table.from_pylist(list(table), schema=schema), path, row_group_size=3)
    return path
