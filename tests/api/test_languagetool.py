"""`/v2` as LanguageTool's clients know it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from drawers import Case, cases
from fake import CLEAN, SPUN, FakeScorer
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api.app import create_app
from api.jobs import Job, Reply
from api.languagetool import api_key, check, render
from api.problems import Problem
from api.settings import Settings
from detector.results import Mode, Result
from detector.rules import RULES

LONGEST = 5_000
SETTINGS = Settings(database="", languagetool_characters=LONGEST)
GERMAN = "Die Bibliothek öffnet um neun Uhr am Morgen und schließt um sechs Uhr am Abend."


def reply_to(body: bytes | str, query: str = "", detector: FakeScorer | None = None) -> Reply:
    sent = body.encode() if isinstance(body, str) else body
    try:
        return check(detector or FakeScorer(), SETTINGS, Job("languagetool", sent, query))
    except Problem as problem:
        return render(problem)


def checked(parameters: str = "language=en-US", **more: str) -> dict[str, Any]:
    reply = reply_to(f"{parameters}&{urlencode(more)}")
    assert (reply.status, reply.media_type) == (200, "application/json"), reply.body
    found: dict[str, Any] = json.loads(reply.body)
    return found


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, offset: int, length: int) -> str:
    """What a client that counts in UTF-16 finds there; fails within a surrogate pair."""
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le")


class TestCheck:
    def test_the_reply_has_all_that_clients_read(self) -> None:
        text = f"🙂 {SPUN}"
        at = units(text[: text.index("social employees")])
        found = checked(text=text)
        assert found["software"]["name"] == "Unspun"
        assert found["software"]["version"].replace(".", "").isdecimal()
        assert found["warnings"] == {"incompleteResults": False}
        language = {"name": "English (US)", "code": "en-US"}
        confidence = found["language"]["detectedLanguage"].pop("confidence")
        assert 0.9 < confidence <= 1
        assert found["language"] == {**language, "detectedLanguage": language}
        (match,) = found["matches"]
        context = match.pop("context")
        assert match == {
            "message": "odd",
            "shortMessage": "Word choice",
            "replacements": [{"value": "social workers"}],
            "offset": at,
            "length": 16,
            "sentence": text,
            "type": {"typeName": "Hint"},
            "rule": {
                "id": "UNSPUN_WORD_CHOICE",
                "description": "Reworded text: word choice",
                "issueType": "style",
                "urls": [{"value": "https://en.wikipedia.org/wiki/Article_spinning"}],
                "category": {"id": "UNSPUN", "name": "Reworded text"},
            },
            "ignoreForIncompleteSentence": False,
            "contextForSureMatch": 0,
        }
        assert cut(context["text"], context["offset"], context["length"]) == "social employees"
        assert context["text"].startswith("...")
        assert context["text"].endswith("...")
        assert context["text"][3:-3] in text

    def test_our_own_judgement_comes_along(self) -> None:
        text = f"🙂 {SPUN}\n\n{CLEAN}"
        whole = {"status": "scored", "score": 0.9, "flagged": True}
        spun = {**whole, "kinds": {"spun": 0.6, "machine_translated": 0.3}}
        clean = {
            "status": "scored",
            "score": 0.1,
            "kinds": {"spun": 0.07, "machine_translated": 0.03},
            "flagged": False,
        }
        assert checked(text=text)["unspun"] == {
            "model": {"name": "fake", "version": "1.0"},
            **whole,
            "paragraphs": [
                {"offset": 0, "length": units(SPUN) + 3, **spun},
                {"offset": units(SPUN) + 5, "length": units(CLEAN), **clean},
            ],
        }

    def test_each_rule_has_a_category_of_its_own_kind(self) -> None:
        matches = checked(text=f"{CLEAN} It was a individual of the town who took 1, 400 books. {SPUN}")["matches"]
        assert [match["shortMessage"] for match in matches] == [
            RULES[rule].title for rule in ("article", "split-number", "word-choice")
        ]
        assert [
            (match["rule"]["id"], match["rule"]["category"]["id"], match["rule"]["issueType"]) for match in matches
        ] == [
            ("UNSPUN_ARTICLE", "GRAMMAR", "grammar"),
            ("UNSPUN_SPLIT_NUMBER", "TYPOGRAPHY", "typographical"),
            ("UNSPUN_WORD_CHOICE", "UNSPUN", "style"),
        ]

    def test_a_category_is_switched_off_alone(self) -> None:
        text = f"{CLEAN} It was a individual of the town who took 1, 400 books. {SPUN}"
        matches = checked("language=en&disabledCategories=GRAMMAR,UNSPUN", text=text)["matches"]
        assert [match["rule"]["id"] for match in matches] == ["UNSPUN_SPLIT_NUMBER"]

    def test_compact_leaves_out_what_stands_in_the_text_already(self) -> None:
        found = checked("language=en&c=1", text=SPUN)
        assert set(found) == {"language", "matches", "unspun"}
        assert not {"context", "sentence"} & set(found["matches"][0])

    def test_context_is_one_line_and_whole_at_the_ends(self) -> None:
        text = f"{CLEAN}\n\n" + SPUN.replace(" social employees, police", "\nsocial employees,\npolice")
        (match,) = checked(text=text)["matches"]
        assert match["context"]["text"][3:-3] in text.replace("\n", " ")
        short = "social employees " + "ran " * 18 + "home"
        (match,) = checked(text=short)["matches"]
        assert match["context"]["offset"] == 0
        assert match["context"]["text"].startswith("social employees ran")

    def test_a_sentence_is_the_one_that_the_match_stands_in(self) -> None:
        (match,) = checked(text=f"{CLEAN} {SPUN} {CLEAN}")["matches"]
        assert match["sentence"] == SPUN

    def test_a_sentence_without_end_is_cut(self) -> None:
        (match,) = checked(text="run " * 500 + "social employees " + "run " * 500)["matches"]
        assert len(match["sentence"]) < 1_100

    def test_white_space_is_no_fault(self) -> None:
        assert checked(text="")["matches"] == []
        assert checked("language=auto", text=" \n")["matches"] == []

    @pytest.mark.parametrize(("level", "mode"), [("default", "balanced"), ("picky", "sensitive")])
    def test_the_level_chooses_the_mode(self, level: str, mode: Mode) -> None:
        class Noting(FakeScorer):
            def score(self, *arguments: Any, **options: Any) -> Result:
                noted.append(options["mode"])
                return super().score(*arguments, **options)

        noted: list[str] = []
        reply_to(f"language=en&level={level}&text=x", detector=Noting())
        assert noted == [mode]

    def test_what_v1_skips_is_skipped_here(self) -> None:
        quoted = SPUN.replace("social employees", '"the social employees of the town"')
        assert checked(text=quoted)["matches"] == []

    def test_facts_for_the_metrics(self) -> None:
        assert reply_to(f"language=en&text={quote_plus(SPUN)}").facts == (len(SPUN), (0.9,))
        assert reply_to("language=de&text=abc").facts == (0, ())


class TestParameters:
    @pytest.mark.parametrize("case", cases("languagetool/rules"))
    def test_rules_are_chosen(self, case: Case) -> None:
        found = checked(f"language=en&{case['parameters']}", text=SPUN)
        assert bool(found["matches"]) == case["shown"]
        assert found["unspun"]["flagged"]

    @pytest.mark.parametrize("case", cases("languagetool/refused"))
    @pytest.mark.parametrize("in_query", [False, True], ids=["body", "query"])
    def test_mistakes_are_told_in_plain_text(self, case: Case, in_query: bool) -> None:
        reply = reply_to("", case["body"]) if in_query else reply_to(case["body"])
        assert (reply.status, reply.media_type) == (case["status"], "text/plain; charset=utf-8")
        assert reply.body.decode().startswith(f"Error: {case['error']}")
        assert b"confidential" not in reply.body

    def test_the_query_comes_before_the_body(self) -> None:
        reply = reply_to("text=&language=de", f"language=en&text={quote_plus(SPUN)}")
        found = json.loads(reply.body)
        assert found["language"]["code"] == "en"
        assert found["matches"]

    def test_text_that_is_not_encoded_as_it_should_be(self) -> None:
        assert checked(f"language=en&text=\x00{SPUN}\U0001f642")["matches"][0]["length"] == 16
        assert reply_to(b"language=en&text=%FF\xff;").status == 200
        assert reply_to(b"", "language=en&text=\xff").status == 200

    def test_too_many_parameters(self) -> None:
        assert reply_to("language=en&text=" + "&" * 2_000).body == b"Error: There are too many parameters."

    def test_the_longest_text_counts_in_utf_16(self) -> None:
        assert reply_to(f"language=en&text={'🙂' * (LONGEST // 2)}").status == 200
        reply = reply_to(f"language=en&text={'🙂' * (LONGEST // 2 + 1)}")
        assert reply.status == 413
        assert reply.body.decode() == (
            "Error: Your text exceeds the limit of 5000 characters (it's 5002 characters). "
            "Please submit a shorter text."
        )

    def test_markup_does_not_count(self) -> None:
        annotation = [{"markup": "x" * 2 * LONGEST}, {"text": SPUN}]
        assert checked(data=json.dumps({"annotation": annotation}))["matches"]


class TestLanguage:
    @pytest.mark.parametrize("code", ["en", "en-GB", "EN-gb", "en-IE"])
    def test_any_english_is_checked(self, code: str) -> None:
        found = checked(f"language={code}", text=SPUN)
        assert found["matches"]
        assert found["language"]["code"].lower() == code.lower()
        assert found["language"]["detectedLanguage"]["code"] == found["language"]["code"]

    @pytest.mark.parametrize("code", ["de", "de-DE", "ca-ES-valencia", "de-DE-x-simple-language", "ast-ES"])
    def test_another_language_has_no_matches(self, code: str) -> None:
        found = checked(f"language={code}", text=SPUN)
        assert found["matches"] == []
        assert found["language"]["code"] == code
        assert found["language"]["detectedLanguage"]["code"] == "en-US"
        assert found["unspun"]["status"] == "not_english"

    @pytest.mark.parametrize(
        ("text", "preferred", "code"),
        [
            (SPUN, "", "en-US"),
            (SPUN, "de-AT,en-GB,en-AU", "en-GB"),
            (SPUN, "de-AT,confidential", "en-US"),
            (GERMAN, "en-GB", "de"),
            ("42", "", "en-US"),
            ("", "en-ZA", "en-ZA"),
        ],
    )
    def test_auto_detects(self, text: str, preferred: str, code: str) -> None:
        found = checked("language=auto", text=text, preferredVariants=preferred)["language"]
        assert (found["code"], found["detectedLanguage"]["code"]) == (code, code)

    def test_english_within_another_language_is_checked_with_auto(self) -> None:
        found = checked("language=auto", text=f"{GERMAN * 5}\n\n{SPUN}")
        assert found["language"]["code"] == "de"
        assert len(found["matches"]) == 1

    def test_a_guess_is_not_called_sure(self) -> None:
        assert checked("language=auto", text="42")["language"]["detectedLanguage"]["confidence"] == 0
        assert checked("language=auto", text=GERMAN)["language"]["detectedLanguage"]["confidence"] > 0.9


REST = " of that town were asked for their view of it, and said what they had said the year before, and the year before that."


class TestAnnotations:
    @pytest.mark.parametrize("case", cases("languagetool/annotations"))
    def test_matches_are_placed_in_what_was_sent(self, case: Case) -> None:
        annotation = [*case["annotation"], {"text": REST}]
        source = "".join(str(piece.get("markup") or piece.get("text") or "") for piece in annotation)
        source = source.encode("utf-8", "replace").decode()
        matches = checked(data=json.dumps({"annotation": annotation}))["matches"]
        assert [cut(source, match["offset"], match["length"]) for match in matches] == [case["found"]][: len(matches)]
        assert [bool(match["replacements"]) for match in matches] == [case["replaced"]][: len(matches)]
        assert bool(matches) == bool(case["found"])

    def test_text_in_data(self) -> None:
        (match,) = checked(data=json.dumps({"text": SPUN, "metaData": {"DocumentTitle": "x"}}))["matches"]
        assert SPUN[match["offset"] :].startswith("social employees")

    def test_two_phrases_in_one_markup_do_not_overlap(self) -> None:
        annotation = [
            {"text": "social "},
            {"markup": "\\staff{}", "interpretAs": "employees and social"},
            {"text": " employees" + REST},
        ]  # fmt: skip
        (match,) = checked(data=json.dumps({"annotation": annotation}))["matches"]
        assert (match["offset"], match["length"]) == (0, len("social \\staff{}"))

    @pytest.mark.parametrize(
        "data", ["[" * 100_000, '{"text": ' + "9" * 10_000 + "}", '{"text": NaN}', '{"text": 1e999}']
    )
    def test_monstrous_json(self, data: str) -> None:
        assert reply_to(f"language=en&data={quote_plus(data)}").status in (200, 400, 413)


WORDS = st.text(st.sampled_from("ab🙂é \n.<&"), max_size=12) | st.sampled_from(
    ["social", " ", "employees", "social employees", REST, "\ud800"]
)
PIECES = st.lists(
    st.fixed_dictionaries({"text": WORDS}) | st.fixed_dictionaries({"markup": WORDS}, optional={"interpretAs": WORDS}),
    max_size=12,
)


@given(PIECES)
def test_whatever_is_annotated_is_placed_in_what_was_sent(pieces: list[dict[str, str]]) -> None:
    source = "".join(piece.get("text", piece.get("markup", "")).replace("\ud800", "\ufffd") for piece in pieces)
    found = checked(data=json.dumps({"annotation": pieces}))
    at = 0
    for match in found["matches"]:
        offset, length, context = match["offset"], match["length"], match["context"]
        here = cut(source, offset, length)
        assert at <= offset < offset + length <= units(source)
        at = offset + length
        assert cut(context["text"], context["offset"], context["length"]) == here.replace("\n", " ")
        if match["replacements"]:
            assert here.split() == ["social", "employees"]
    for paragraph in found["unspun"]["paragraphs"]:
        assert 0 <= paragraph["offset"] <= paragraph["offset"] + paragraph["length"] <= units(source)
        cut(source, paragraph["offset"], paragraph["length"])


NAMES = st.sampled_from(
    ["text", "data", "language", "level", "mode", "enabledOnly", "disabledRules", "c", "apiKey", "x"]
)
VALUES = st.binary(max_size=20) | st.sampled_from(
    [b"en", b"auto", b"picky", b'{"text":"a"}', b'{"annotation":[{"markup":"a"}]}', b"true", b"%ED%A0%80", b"%00"]
)
FORMS = st.lists(st.tuples(NAMES, VALUES)).map(lambda parts: b"&".join(name.encode() + b"=" + v for name, v in parts))


@given(FORMS | st.binary(max_size=50), FORMS | st.binary(max_size=50))
def test_whatever_is_sent_is_answered(body: bytes, query: bytes) -> None:
    reply = reply_to(body, query.decode("latin-1"))
    assert reply.status in (200, 400)
    if reply.status == 400:
        assert reply.body.startswith(b"Error: ")
    api_key(body, query.decode("latin-1"))


@pytest.mark.parametrize(
    ("body", "query", "key"),
    [
        ("", "", None),
        ("text=a&username=u&apiKey=k%2B1&language=en", "", "k+1"),
        ("apiKey=k", "", "k"),
        ("apiKey=", "", None),
        ("text=a&password=k", "", "k"),
        ("api_key=k&language=en", "", "k"),
        ("api_key=&apiKey=k", "", "k"),
        ("xapiKey=k&text=apiKey", "", None),
        ("apiKey=one&apiKey=two", "", "two"),
        ("apiKey=one", "language=en&apiKey=two", "two"),
        ("apiKey=" + "k" * 1_000, "", None),
        ("apiKey=%FF", "", "\ufffd"),
    ],
)
def test_the_key_is_found(body: str, query: str, key: str | None) -> None:
    assert api_key(body.encode(), query) == key


def test_the_key_is_found_quickly() -> None:
    assert api_key(b"&" * 4_000_000 + b"apiKey=k", "") == "k"


@pytest.fixture
def client(scorer: FakeScorer) -> TestClient:
    return TestClient(create_app(scorer, SETTINGS), base_url="http://localhost")


class TestRoutes:
    @pytest.mark.parametrize("path", ["/v2/check", "/v2/check/"])
    def test_a_check_by_any_method(self, client: TestClient, path: str) -> None:
        sent = {"text": SPUN, "language": "en-US"}
        for reply in (client.post(path, data=sent), client.get(path, params=sent)):
            assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
            assert len(reply.json()["matches"]) == 1

    def test_the_content_type_does_not_matter(self, client: TestClient) -> None:
        reply = client.post("/v2/check", content=f"language=en&text={quote_plus(SPUN)}")
        assert len(reply.json()["matches"]) == 1

    def test_languages_are_sorted_and_whole(self, client: TestClient) -> None:
        languages = client.get("/v2/languages").json()
        assert languages == sorted(languages, key=lambda language: language["name"])
        assert all(set(language) == {"name", "code", "longCode"} for language in languages)
        codes = {"en", "en-US", "en-GB", "en-AU", "en-CA", "en-NZ", "en-ZA"}
        assert {language["longCode"] for language in languages} == codes

    def test_small_questions(self, client: TestClient) -> None:
        assert client.get("/v2/healthcheck").text == "OK"
        assert client.get("/v2/maxtextlength").text == str(LONGEST)
        assert client.get("/v2/info").json()["software"]["name"] == "Unspun"
        configuration = client.get("/v2/configinfo?language=en").json()
        assert configuration["parameter"] == {"maxTextLength": LONGEST}
        known = {f"UNSPUN_{rule.upper().replace('-', '_')}" for rule in RULES}
        assert {rule["ruleId"] for rule in configuration["rules"]} == known
        assert all(
            {"description", "categoryId", "categoryName", "locQualityIssueType"} <= rule.keys()
            for rule in configuration["rules"]
        )

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("POST", "/v2/check", 400),
            ("GET", "/v2/check", 400),
            ("PUT", "/v2/check", 405),
            ("GET", "/v2/configinfo", 400),
            ("GET", "/v2/words", 400),
            ("POST", "/v2/words/add", 400),
            ("GET", "/v2/confidential", 404),
            ("POST", "/v2/check/confidential", 404),
        ],
    )
    def test_errors_are_plain_text_that_any_page_may_read(
        self, client: TestClient, method: str, path: str, status: int
    ) -> None:
        reply = client.request(method, path)
        assert (reply.status_code, reply.headers["content-type"]) == (status, "text/plain; charset=utf-8")
        assert reply.headers["access-control-allow-origin"] == "*"
        assert reply.text.startswith("Error: ")
        assert "confidential" not in reply.text

    def test_options_is_answered(self, client: TestClient) -> None:
        asked = client.options("/v2/check")
        assert (asked.status_code, asked.headers["access-control-allow-origin"]) == (204, "*")

    def test_the_connection_ends_for_clients_that_wait_for_that(self, client: TestClient) -> None:
        assert "connection" not in client.get("/v2/check?language=en&text=").headers
        client.headers.clear()
        assert client.get("/v2/check?language=en&text=").headers["connection"] == "close"

    def test_it_is_not_in_our_own_document(self, client: TestClient) -> None:
        assert not [path for path in client.get("/openapi.json").json()["paths"] if path.startswith("/v2")]
