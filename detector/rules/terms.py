"""A term that a document has in two renderings: *social workers* and, of the same people, *social employees*.

Honest writers vary their words too, so the rule is narrow: two substitutes of each other behind the same word, one of
them in a phrase that is usual, the other in one that was never counted although both of its words are frequent.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.batch import Batch
from detector.features import LOG2_TOKENS
from detector.lexicon import I32, Lexicon
from detector.ngrams import bigram_keys
from detector.rules.names import is_spelling
from detector.rules.rule import Rule
from detector.rules.tokens import TokenHit

TWO_RENDERINGS: Final = Rule(
    "two-renderings",
    "names",
    "Two renderings of a term",
    "A phrase that hardly anyone writes, of which the document has the usual form as well.",
    (
        "They asked the social workers for help. The social employees had none.",
        "They asked for real estate in the town. The real land was sold.",
    ),
)
RULES: Final[tuple[Rule, ...]] = (TWO_RENDERINGS,)

#: Level of the phrase that is usual: seen 16 times or more.
USUAL: Final = 5
#: How many times two words that do not know each other would stand side by side, log2: more than once.
EXPECTED: Final = 0
#: Places on the candidate list of the odd word, where the usual one stands, and the other way round.
NEAR: Final = 10
NEAR_BACK: Final = 20
_MESSAGE: Final = "“{found}” is unusual; elsewhere the text has “{best}”."


def find(batch: Batch, document: I32, lexicon: Lexicon) -> list[TokenHit]:
    """Odd renderings, in order. document: (paragraphs,), the number of the document that each paragraph is of."""
    content = lexicon.is_content[batch.ids] & ~batch.capital
    judged = np.zeros(len(batch.ids), np.bool_)
    judged[batch.slots] = True
    at = np.flatnonzero(content[:-1] & content[1:])
    before, word = batch.ids[at], batch.ids[at + 1]
    levels = lexicon.ngrams.log2_counts(bigram_keys(before, word))
    expected = LOG2_TOKENS + (lexicon.log_share[before] + lexicon.log_share[word]) * np.log2(np.e)
    paragraph = np.searchsorted(batch.bounds[:, 0], at, side="right") - 1
    frame = (document[paragraph].astype(np.int64) << 17) | before
    odd = np.flatnonzero((levels == 0) & (expected > EXPECTED) & judged[at + 1])
    usual = np.flatnonzero(levels >= USUAL)
    odd = odd[np.isin(frame[odd], frame[usual])]
    found = []
    for row in odd.tolist():
        others = np.unique(word[usual[frame[usual] == frame[row]]])
        near = others[np.isin(others, lexicon.candidates[word[row], :NEAR])]
        near = near[(lexicon.candidates[near, :NEAR_BACK] == word[row]).any(axis=1)]
        own = lexicon.word(int(word[row]))
        best = [other for other in map(lexicon.word, near.tolist()) if not is_spelling(own, other)]
        if best:
            first = int(at[row])
            phrases = tuple(f"{lexicon.word(int(before[row]))} {other}" for other in best)
            found.append(TokenHit(first, first + 1, TWO_RENDERINGS.id, phrases, _MESSAGE))
    return found
