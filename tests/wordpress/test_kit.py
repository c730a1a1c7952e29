"""The kit itself: what the other tests stand on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from wordpress.conftest import CLEAN, SPUN, blocks
from wordpress.service import Service
from wordpress.site import USERS, Site


def flagged(service: Service, paragraphs: list[str]) -> list[bool]:
    (document,) = service.score("\n\n".join(paragraphs))["documents"]
    return [document["flagged"], *(paragraph["flagged"] for paragraph in document["paragraphs"])]


def test_the_samples_are_what_the_other_tests_take_them_for(service: Service) -> None:
    assert flagged(service, SPUN) == [True, True, True, False, True, True]
    assert not any(flagged(service, CLEAN))


@pytest.mark.parametrize("user", USERS)
def test_everybody_can_log_in(site: Site, user: str) -> None:
    assert site.rest(user)("GET", "/wp/v2/users/me").json()["name"] == user


def test_the_plug_in_is_active(site: Site) -> None:
    assert site.php("return get_option( 'active_plugins' );") == ["unspun/unspun.php"]


def test_a_post_opens_in_the_editor(site: Site, edit: Callable[..., Any], canvas: Callable[[Any], Any]) -> None:
    page = edit(site.post(blocks(*SPUN)))
    canvas(page).wait_for_selector("p.wp-block-paragraph, p[data-type='core/paragraph']")
    assert canvas(page).locator("[data-type='core/paragraph']").count() == len(SPUN)
