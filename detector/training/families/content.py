"""Which words carry content: the ones that spinners swap and that rates are shares of."""

from __future__ import annotations

from typing import Final

from detector.lexicon import normalise

FUNCTION_WORDS: Final = frozenset(
    """
    a an the this that these those some any no every each either neither both all half such what whatever which whichever
    who whom whose whoever i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his
    himself she her hers herself it its itself they them their theirs themselves one ones someone somebody something
    anyone anybody anything everyone everybody everything nobody nothing none other others another
    and or but nor so yet if then else than as because though although while whereas unless until till since whether
    of in on at by for with about against between among into through during before after above below to from up down
    out off over under again further upon within without toward towards onto per via amid along across around behind
    beside besides beyond near despite except inside outside throughout underneath unlike like
    be am is are was were been being have has had having do does did doing done will would shall should can could may
    might must ought need dare cannot not never also too very just only even still already quite rather almost
    here there where when why how wherever whenever however thus hence therefore
    much many more most less least few fewer several enough lot lots own same
    zero two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion
    first second third fourth fifth sixth seventh eighth ninth tenth
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december
    oh yes no well okay mr mrs ms dr st jr sr vs etc eg ie am pm
    """.split()
)


def is_content(surface: str) -> bool:
    """Whether a token is a word that carries content, in any letter case."""
    word = normalise(surface)
    return len(word) > 1 and word.isalpha() and word not in FUNCTION_WORDS
