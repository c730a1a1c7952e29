"""Words of another language that a translator left standing in English prose: *the cities tested are próximo to it*.

A word that the vocabulary does not know, in small letters, ends or is spelt as words of Spanish, Galician, Catalan,
Portuguese or Esperanto do, and as English, Latin or a slip of the pen does not; and it stands alone among plain English
words. Not what is quoted, joined by a hyphen, beside a name or beside another strange word: that is a term, a title or
a sentence in the other language, which its author meant to have there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.batch import Batch
from detector.lexicon import FIRST_WORD, NAME, SYMBOL, UNKNOWN, Lexicon, special_id
from detector.rules.rule import Rule
from detector.rules.tokens import TokenHit

RULES: Final[tuple[Rule, ...]] = (
    Rule(
        "untranslated",
        "wording",
        "Left untranslated",
        "A word of another language stands alone in an English sentence, as a translator leaves what it does not know.",
        ("The new bridge is more próximo to the harbour.", "They asked the town for a quick implementación of it."),
    ),
)
_Mask = npt.NDArray[np.bool_]

MESSAGE: Final = "“{found}” is no English word; it seems to have been left untranslated."

#: Endings of the other languages that English words have not, but for the LOANS.
_ENDINGS: Final = (
    "[aeiu]ci[oó]n", "ciones", "[aeiu]ci[oó]ns", "ció", "sión", "siones", "idad", "idades", "idade", "bilidad", "mente",
    "miento", "mientos", "ando", "iendo", "indo", "ado", "ados", "ada", "adas", "ido", "idos", "oso", "osos", "ismo",
    "ismos", "anza", "anzas", "encia", "encias", "ancia", "ancias", "aje", "ajes", "azo", "[ae]dor", "[aei]dores",
    "adora", "adoras", "[ai]rse", "[aei]rlo", "[aei]rla", "aron", "ieron", "aban", "ivo", "ivos", "eiro", "eiros",
    "iente", "ientes", "izar", "itzar", "atge", "onxa", "aixo", "[aeiou]xo",
    "ojn", "ajn", "antoj", "intoj", "istoj", "ecoj",
)  # fmt: skip
#: Words of English dictionaries with such endings.
LOANS: Final = frozenset(
    """
    accelerando aikidos allargando amontillado arioso autostrada autostradas bastinado bonanzas bravados bushido calando
    carbonado carbonados chador cicadas desperados dorado dorados enchilada enchiladas extravaganzas glissando granadas
    haggada haggadas intifadas kwanza kwanzas libidos machismos mafioso mafiosos maquiladora maquiladoras novillada
    organza organzas picador picadors pimiento pimientos pintado pintados rallentando ritardando sforzando stevedores
    strappado tamarindo tardigrada toreador tornados tostada tostadas virtuosos
    """.split()
)
#: Spelt or ending so. A letter in place of an apostrophe (donít) is a slip of an encoding.
_FOREIGN: Final = re.compile(
    r"(?![^\W\d_]*í(?:[tsmd]|ll|re|ve)$)"
    rf"(?:[^\W\d_]{{2,}}(?:{'|'.join(_ENDINGS)})"
    r"|[^\W\d_]*(?:[^\W\d_]{2}[áíóúñ]|[áíóúñ][^\W\d_]{3}|[ĉĝĥĵŝŭ])[^\W\d_]*)"
)
#: Small words of other languages: near one of them the sentence is not English.
_ABROAD: Final = (
    "de del della di da do dos das des du la las el los le les lo il en et em y e os un una uno une que qui por para "
    "con com se su sur si al au aux ou il der die das und von van den het ein eine kaj la estas mi vi ne per pro"
).split()
#: How far on either side the company is looked at, in tokens.
_NEAR: Final = 3
_STEPS: Final = np.array([step for step in range(-_NEAR, _NEAR + 1) if step])
#: Marks between which a word is quoted, or part of something that is no prose.
_MARKS: Final = '-/"()[]\u2014$&…%*#@=+'


def find(batch: Batch, texts: Sequence[str], lexicon: Lexicon) -> list[TokenHit]:
    """Hits in the batch's paragraphs. texts: those that they stand in, one for each paragraph."""
    strange = np.flatnonzero((batch.ids == UNKNOWN) & ~batch.capital)
    company = batch.ids[strange[:, None] + _STEPS]
    beside = company[:, _NEAR - 1 : _NEAR + 1]
    abroad, set_apart = _company(lexicon)
    alone = ~abroad[company].any(axis=1) & ~set_apart[beside].any(axis=1) & (beside >= FIRST_WORD).any(axis=1)
    hits = []
    for place in strange[alone].tolist():
        paragraph = int(np.searchsorted(batch.bounds[:, 0], place, side="right")) - 1
        word = texts[paragraph][batch.starts[place] : batch.ends[place]]
        if word.islower() and word not in LOANS and _FOREIGN.fullmatch(word):
            hits.append(TokenHit(place, place, RULES[0].id, (), MESSAGE))
    return hits


@lru_cache(maxsize=4)
def _company(lexicon: Lexicon) -> tuple[_Mask, _Mask]:
    """Which ids (ids,) near a word tell of another language, and which beside it set it apart."""
    abroad = np.zeros(len(lexicon.log_share), np.bool_)
    set_apart = abroad.copy()
    abroad[[UNKNOWN, *(lexicon.index[word] for word in _ABROAD if word in lexicon.index)]] = True
    set_apart[[NAME, SYMBOL, *(id_ for mark in _MARKS if (id_ := special_id(mark)) is not None)]] = True
    return abroad, set_apart
