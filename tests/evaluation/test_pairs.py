"""Of the pairs the asked-for subset is read, in an order that has nothing to do with the file's."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from detector.evaluation.pairs import Pair, balanced, by_register, clean, read_pairs


def record(number: int, subset: str = "test", **fields: object) -> dict[str, Any]:
    return {
        "id": f"{number}", "group": f"g{number}", "source": "s", "register": f"register {number % 2}",
        "subset": subset, "family": None, "noise": None, "rate": 0.0, "text": f"text {number}", "changes": [],
    } | fields  # fmt: skip


def written(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_bytes(gzip.compress("".join(json.dumps(one) + "\n" for one in records).encode()))
    return path


def test_one_subset_is_read_whatever_other_texts_say(tmp_path: Path) -> None:
    records = [
        record(1),
        record(2, "fit", text='a "test"'),
        record(3, family="moby", rate=0.2, changes=[[0, 4, "old"]]),
    ]
    path = written(tmp_path / "pairs.jsonl.gz", records)
    assert sorted(read_pairs(path)) == [
        Pair("1", "register 1", None, None, 0.0, "text 1"),
        Pair("3", "register 1", "moby", None, 0.2, "text 3", ((0, 4, "old"),)),
    ]
    assert [pair.id for pair in read_pairs(path, "fit")] == ["2"]


def test_the_order_of_the_file_has_no_say(tmp_path: Path) -> None:
    records = [record(number) for number in range(20)]
    forth, back = (written(tmp_path / name, rows) for name, rows in (("a.gz", records), ("b.gz", records[::-1])))
    assert read_pairs(forth) == read_pairs(back)
    assert [pair.id for pair in read_pairs(forth)] != [one["id"] for one in records]


def test_registers_take_turns(tmp_path: Path) -> None:
    records = [record(number, register="rare" if number == 7 else "common") for number in range(10)]
    pairs = read_pairs(written(tmp_path / "pairs.gz", records))
    assert [pair.register for pair in balanced(pairs, 4)] == ["common", "rare", "common", "common"]
    assert list(by_register(pairs)) == ["common", "rare"]


def test_clean_is_what_nobody_touched(tmp_path: Path) -> None:
    records = [record(1), record(2, noise="ocr"), record(3, family="moby"), record(4, family="moby", noise="ocr")]
    assert [pair.id for pair in clean(read_pairs(written(tmp_path / "pairs.gz", records)))] == ["1"]
