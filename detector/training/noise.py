"""Honest noise: what learners, keyboards, scanners and converters do to a text without any spinner.

A roughened text is still what its author chose to say: no word is swapped for a synonym. Training shows
the classifiers such copies as clean text, so that a slip is not taken for a trace.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from detector.training.families.inflection import readings

#: Bounds of the share of words that a roughened text gets wrong, drawn log-uniformly.
LIGHTEST, HEAVIEST = 0.02, 0.15

_WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")
_KEYBOARD: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def roughen(text: str, kind: str, rng: random.Random) -> str:
    """The text with one kind of honest noise; unchanged where it offers no place for it.

    kind: a key of KINDS. Raises KeyError for another.
    """
    return KINDS[kind](text, rng)


def _strength(rng: random.Random) -> float:
    return float(LIGHTEST * (HEAVIEST / LIGHTEST) ** rng.random())


def _cased(like: str, word: str) -> str:
    return word[:1].upper() + word[1:] if like[:1].isupper() else word


def _substitute(table: Mapping[str, str], share: float, text: str, rng: random.Random) -> str:
    """Replace listed words, each occurrence with a chance of `share`, keeping the capital."""

    def one(match: re.Match[str]) -> str:
        new = table.get(match.group().lower().replace("\u2019", "'"))
        return match.group() if new is None or rng.random() >= share else _cased(match.group(), new)

    return _WORD.sub(one, text)


def _table(pairs: str) -> dict[str, str]:
    return dict(pair.split("=") for pair in pairs.split())


# --- second-language errors -----------------------------------------------------------------------------

_PREPOSITIONS: Final = {
    "in": ("on", "at", "to"), "on": ("in", "at"), "at": ("in", "on"), "for": ("to", "of"), "to": ("for", "at"),
    "of": ("from", "for"), "from": ("of", "since"), "with": ("by", "to"), "by": ("with", "from"), "about": ("of", "on"),
    "into": ("in",), "since": ("from", "for"), "during": ("in", "for"),
}  # fmt: skip
_AGREEMENT: Final = _table(
    "is=are are=is was=were were=was has=have have=has does=do do=does doesn't=don't don't=doesn't"
)
_UNCOUNTABLE: Final = frozenset(
    "information advice equipment knowledge research furniture homework traffic luggage evidence software news work"
    " feedback progress behaviour behavior vocabulary training pollution education money water food music staff".split()
)
_MISSPELT: Final = _table(
    """
    because=becouse receive=recieve received=recieved believe=beleive definitely=definately separate=seperate
    which=wich their=thier there=their they're=their than=then then=than its=it's it's=its too=to lose=loose
    government=goverment environment=enviroment different=diffrent beginning=begining until=untill necessary=neccessary
    occurred=occured successful=succesful really=realy usually=usualy finally=finaly especially=especialy
    interesting=intresting important=importent people=peoples children=childrens tomorrow=tommorow business=bussiness
    develop=develope development=developement experience=experiance address=adress although=althought through=trough
    though=tought thought=though where=were were=where who's=whose whether=wether weather=wheather would=whould
    should=shoud could=coud friend=freind friends=freinds before=befor always=allways also=allso another=an-other
    advice=advise affect=effect effect=affect every=evry example=exemple knowledge=knowlege language=langauge
    opportunity=oportunity possible=posible problem=probleme problems=problemes realize=realise similar=similiar
    society=sociaty technology=tecnology together=togather truly=truely writing=writting written=writen
    communication=comunication immediately=immediatly professional=proffesional grammar=grammer argument=arguement
    accommodation=accomodation country=contry countries=countrys university=univercity responsible=responsable
    """
)
_ADVERBS: Final = frozenset("often always also usually never sometimes already still really only even probably".split())


def _learner(text: str, rng: random.Random) -> str:
    """Articles, prepositions, agreement, tense, number, adverb order, spelling."""
    share = 2.0 * _strength(rng)
    pieces = re.split(r"(\s+)", text)
    for i in range(0, len(pieces), 2):
        match = _WORD.match(pieces[i])
        if match and rng.random() < share:
            word = match.group()
            after = pieces[i + 2] if i + 2 < len(pieces) else ""
            wrong = _slip(word, after, rng)
            if wrong == word and word.lower() in _ADVERBS and after.isalpha() and after.islower():
                pieces[i], pieces[i + 2] = _cased(word, after), word.lower()
            elif wrong == "" and pieces[i] == word and i + 2 < len(pieces):
                pieces[i + 1] = pieces[i] = ""
                pieces[i + 2] = _cased(word, after)
            elif wrong:
                pieces[i] = wrong + pieces[i][match.end() :]
    return "".join(pieces)


def _slip(word: str, after: str, rng: random.Random) -> str:
    """A word as a learner gets it wrong: "" where it is left out, the word itself where nothing goes wrong."""
    lower = word.lower()
    if lower in ("the", "a", "an"):
        return _cased(word, rng.choice(("", "", "", "a" if lower == "the" else "the")))
    choices = []
    if lower in _PREPOSITIONS:
        choices.append(rng.choice(_PREPOSITIONS[lower]))
        if after.isalpha() and after.islower() and after not in ("the", "a", "an", "this", "that", "their", "its"):
            choices.append(f"{lower} the")
    if lower in _AGREEMENT:
        choices.append(_AGREEMENT[lower])
    if lower in _UNCOUNTABLE:
        choices.append(lower + "s")
    if lower in _MISSPELT:
        choices.append(_MISSPELT[lower])
    if word.islower() and len(word) > 3:
        choices += _wrong_forms(lower)
    return _cased(word, rng.choice(choices)) if choices else word


def _wrong_forms(word: str) -> list[str]:
    """Other forms of the same lemma that stand for this one in learners' texts."""
    wrong = []
    for lemma, pos, tag in readings(word):
        if tag in ("NNS", "VBZ", "VBD", "VBN") and lemma != word:
            wrong.append(lemma)
        elif tag == "VB" and pos == "VERB":
            wrong.append(word + ("es" if word.endswith(("s", "sh", "ch", "x", "z")) else "s"))
        elif tag == "JJR":
            wrong.append(f"more {word}")
    return wrong


# --- keyboards and scanners -----------------------------------------------------------------------------


def _in_words(text: str, rng: random.Random, spoil: Callable[[str, random.Random], str], shortest: int = 4) -> str:
    share = _strength(rng)

    def one(match: re.Match[str]) -> str:
        word = match.group()
        return spoil(word, rng) if len(word) >= shortest and rng.random() < share else word

    return _WORD.sub(one, text)


def _typo(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    way = rng.randrange(4)
    if way == 0:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if way == 1:
        return word[:at] + word[at + 1 :]
    if way == 2:
        return word[:at] + word[at] + word[at:]
    row = next((row for row in _KEYBOARD if word[at] in row), word[at])
    place = row.index(word[at]) + rng.choice((-1, 1))
    return word[:at] + row[max(0, min(place, len(row) - 1))] + word[at + 1 :]


_CONFUSED: Final = (
    ("m", "rn"), ("rn", "m"), ("l", "1"), ("li", "h"), ("h", "li"), ("cl", "d"), ("e", "c"), ("c", "e"), ("fi", "\ufb01"),
    ("ff", "\ufb00"), ("i", "l"), ("O", "0"), ("o", "0"), ("tt", "ll"), ("S", "5"), ("I", "l"), ("u", "n"), ("vv", "w"),
)  # fmt: skip


def _misread(word: str, rng: random.Random) -> str:
    fitting = [(seen, read) for seen, read in _CONFUSED if seen in word]
    if not fitting or rng.random() < 0.15:
        at = rng.randrange(1, len(word))
        return f"{word[:at]} {word[at:]}"
    seen, read = rng.choice(fitting)
    return word.replace(seen, read, 1)


# --- letter case, apostrophes, informal spelling --------------------------------------------------------


def _lower_case(text: str, rng: random.Random) -> str:
    if rng.random() < 0.15:
        return text.upper()
    return text.lower()


def _lost_apostrophes(text: str, rng: random.Random) -> str:
    lost = rng.choice(("", "", " ", "\u2019 ", "`", "\u00b4"))
    return re.sub(r"(?<=[^\W\d_])['\u2019](?=[^\W\d_])", lost, text)


_INFORMAL: Final = (
    _table(
        "you=ya your=yer them='em and=an' because='cause about='bout of=o' old=ol' before='fore around='round"
        " isn't=ain't aren't=ain't to=ter for=fer was=wuz just=jus' little=li'l my=me the=th'"
    ),
    _table("you=u are=r your=ur please=plz thanks=thx because=cuz before=b4 people=ppl though=tho through=thru okay=ok"
           " to=2 for=4 and=n the=da that=dat with=w/ probably=prolly about=abt"),
    _table("over=o'er ever=e'er never=ne'er even=e'en believe=b'lieve suppose=s'pose between='tween among='mong"
           " heaven=heav'n taken=ta'en it='t against='gainst through=thro' though=tho' every=ev'ry you=ye the=th'"),
)  # fmt: skip
_CONTRACTED: Final = (
    ("going to", "gonna"), ("want to", "wanna"), ("got to", "gotta"), ("have to", "hafta"), ("kind of", "kinda"),
    ("sort of", "sorta"), ("out of", "outta"), ("let me", "lemme"), ("give me", "gimme"), ("could have", "could of"),
    ("would have", "would of"), ("should have", "shoulda"), ("do not", "don't"), ("it is", "'tis"), ("it was", "'twas"),
)  # fmt: skip


def _dialect(text: str, rng: random.Random) -> str:
    for full, short in _CONTRACTED:
        if rng.random() < 0.7:
            text = re.sub(rf"\b{full}\b", short, text)
    text = _substitute(rng.choice(_INFORMAL), rng.uniform(0.2, 0.9), text, rng)
    if rng.random() < 0.6:
        text = re.sub(r"(?<=[a-z]{2}in)g\b", "'", text)
    return text


# --- punctuation, spacing, spelling, line ends ------------------------------------------------------------


def _dropped_endings(text: str, rng: random.Random) -> str:
    if rng.random() < 0.3:  # no punctuation at all
        return re.sub(r"(?<=[^\W\d_])[.,;:!?](?=\s|$)", "", text)
    share = rng.uniform(0.3, 1.0)
    return re.sub(r"[.!?](?=\s|$)", lambda match: "" if rng.random() < share else match.group(), text)


_DEBRIS: Final = (
    (r"(\d),(\d{3})", r"\1, \2"),
    (r"(?<=\w)([,.;:!?])(?=\s|$)", r" \1"),
    (r"(?<=\w)([,;])\s", r"\1"),
    (r"(?<=[a-z])\.\s+(?=[A-Z])", "."),
    (r"\((?=\w)", "( "),
    (r"(?<=\w)\)", " )"),
    (r"([\"\u201c])(?=\w)", r"\1 "),
    (r"(?<=[\w,.])([\"\u201d])", r" \1"),
    (r"(?<=\w)['\u2019](?=s\b)", " \u2019"),
    (r"(?<=\w)\u2019", "\u2018"),
    (r"['\u2019]", " ' "),
    (r"(?<=\w)-(?=\w)", " - "),
    (r"(?<=\w)-(?=\w)", " "),
    (r" (?=\w{4})", "\u00a0"),
    (r"\. ", ".  "),
    (r"[\u2014\u2013]", "--"),
    (r"[\"\u201c\u201d]", "''"),
    (r"[\"\u201c\u201d]", ""),
    (r"(?<=\w)n't\b", " n't"),
)


def _spacing(text: str, rng: random.Random) -> str:
    share = rng.uniform(0.3, 1.0)
    for pattern, debris in rng.sample(_DEBRIS, rng.randint(2, 5)):
        text = re.sub(pattern, partial(_perhaps, rng, share, debris), text)
    return text


def _perhaps(rng: random.Random, share: float, template: str, match: re.Match[str]) -> str:
    return match.expand(template) if rng.random() < share else match.group()


_AMERICAN: Final = _table(
    """
    colour=color colours=colors favour=favor favourite=favorite honour=honor labour=labor neighbour=neighbor
    neighbours=neighbors neighbourhood=neighborhood behaviour=behavior rumour=rumor humour=humor harbour=harbor
    centre=center centres=centers theatre=theater metre=meter metres=meters litre=liter fibre=fiber defence=defense
    offence=offense licence=license programme=program programmes=programs cheque=check grey=gray tyre=tire tyres=tires
    kerb=curb plough=plow sceptical=skeptical travelled=traveled travelling=traveling cancelled=canceled
    modelling=modeling labelled=labeled jewellery=jewelry catalogue=catalog dialogue=dialog mould=mold manoeuvre=maneuver
    organise=organize organised=organized organisation=organization organisations=organizations realise=realize
    realised=realized recognise=recognize recognised=recognized criticise=criticize criticised=criticized
    apologise=apologize emphasise=emphasize analyse=analyze analysed=analyzed civilisation=civilization
    specialised=specialized minimise=minimize maximise=maximize authorised=authorized characterised=characterized
    utilise=utilize summarise=summarize generalise=generalize ageing=aging judgement=judgment enrol=enroll fulfil=fulfill
    skilful=skillful aluminium=aluminum anaesthetic=anesthetic haemoglobin=hemoglobin oestrogen=estrogen foetus=fetus
    paediatric=pediatric tumour=tumor tumours=tumors vapour=vapor storey=story towards=toward whilst=while learnt=learned
    burnt=burned spelt=spelled dreamt=dreamed
    """
)
_BRITISH: Final = {
    american: british for british, american in _AMERICAN.items() if american not in ("check", "story", "while")
}


def _spelling(text: str, rng: random.Random) -> str:
    british = _substitute(_BRITISH, 1.0, text, rng)
    return british if british != text else _substitute(_AMERICAN, 1.0, text, rng)


def _hyphenation(text: str, rng: random.Random) -> str:
    """Lines of a narrow column, words broken at their ends; often joined again by a converter."""
    width = rng.randint(35, 80)
    join = rng.choice(("-\n", "- ", "-", "\u00ad", "\u00ac "))
    column = 0
    pieces = []
    for word in re.split(r"(\s+)", text):
        if column + len(word) > width and len(word) > 6 and word.isalpha():
            at = rng.randint(3, len(word) - 3)
            pieces.append(word[:at] + join + word[at:])
            column = len(word) - at
        elif column > width and word.isspace():
            pieces.append("\n" if "\n" in join else word)
            column = 0
        else:
            pieces.append(word)
            column += len(word)
    return "".join(pieces)


#: The kinds of noise, and what makes each.
KINDS: Final[Mapping[str, Callable[[str, random.Random], str]]] = {
    "learner": _learner,
    "typos": lambda text, rng: _in_words(text, rng, _typo),
    "ocr": lambda text, rng: _in_words(text, rng, _misread),
    "case": _lower_case,
    "apostrophes": _lost_apostrophes,
    "dialect": _dialect,
    "endings": _dropped_endings,
    "spacing": _spacing,
    "spelling": _spelling,
    "hyphenation": _hyphenation,
}
