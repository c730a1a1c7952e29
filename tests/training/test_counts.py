from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from detector.lexicon import BOUNDARY, FIRST_WORD, UNKNOWN
from detector.ngrams import bigram_keys, trigram_keys
from detector.training.counts import LEAST_BIGRAM, LEAST_TRIGRAM, count_ngrams

WORDS = [FIRST_WORD, FIRST_WORD + 1, FIRST_WORD + 2]
CONTENT = np.isin(np.arange(FIRST_WORD + 3), WORDS[:2])


@given(st.lists(st.sampled_from([BOUNDARY, UNKNOWN, *WORDS]), max_size=60))
def test_counts_are_those_of_a_plain_loop(ids: list[int]) -> None:
    stream = np.array(ids, np.int32)

    def seen(length: int, least: int) -> dict[tuple[int, ...], int]:
        windows = zip(*(ids[offset:] for offset in range(length)), strict=False)
        kept = (w for w in windows if UNKNOWN not in w and BOUNDARY not in w[1:-1] and CONTENT[list(w)].any())
        return {window: count for window, count in Counter(kept).items() if count >= least}

    def column(windows: dict[tuple[int, ...], int], place: int) -> np.ndarray:
        return np.array([window[place] for window in windows], np.int32)

    two, three = seen(2, LEAST_BIGRAM), seen(3, LEAST_TRIGRAM)
    keys = [bigram_keys(*(column(two, i) for i in range(2))), trigram_keys(*(column(three, i) for i in range(3)))]
    wanted = dict(zip(np.concatenate(keys).tolist(), [*two.values(), *three.values()], strict=True))
    found, counts = count_ngrams(stream, CONTENT)
    assert dict(zip(found.tolist(), counts.tolist(), strict=True)) == wanted
