"""As a new user does it: `make plugin`, upload, activate, settings, first check."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wordpress.conftest import SECONDS, SPUN, SUITE, blocks
from wordpress.service import KEY, ROOT, Service
from wordpress.site import PASSWORD, Site
from wordpress.unpacked import Unavailable


@pytest.fixture
def fresh_site(tmp_path: Path) -> Iterator[Site]:
    """A WordPress that has never seen the plug-in."""
    try:
        site = Site(tmp_path, SUITE, plugin=False)
    except Unavailable as missing:
        pytest.skip(f"no WordPress on this machine: {missing}")
    yield site
    site.stop()
    assert site.left == []
    assert site.complaints == []


def test_from_the_zip_to_the_first_check(fresh_site: Site, service: Service, browser: Any, tmp_path: Path) -> None:
    subprocess.run(["make", "--silent", "plugin"], cwd=ROOT, check=True)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(SECONDS)
    page.goto(
        f"{fresh_site.address}/wp-login.php?redirect_to={fresh_site.address}/wp-admin/plugin-install.php?tab=upload"
    )
    page.fill("#user_login", "admin")
    page.fill("#user_pass", PASSWORD)
    page.click("#wp-submit")

    page.set_input_files("#pluginzip", ROOT / "dist" / "unspun.zip")
    page.click("#install-plugin-submit")
    page.click("text=Activate Plugin")
    page.wait_for_url("**/plugins.php**")

    page.goto(f"{fresh_site.address}/wp-admin/options-general.php?page=unspun")
    page.fill("[name='unspun_settings[server]']", service.address)
    page.fill("[name='unspun_settings[key]']", KEY)
    page.click("#submit")
    page.wait_for_selector("text=Settings saved.")

    post = fresh_site.post(blocks(*SPUN))
    page.goto(f"{fresh_site.address}/wp-admin/post.php?post={post}&action=edit")
    page.wait_for_function("window.wp?.data?.select('core/editor')?.getCurrentPostId?.() > 0")
    page.evaluate("wp.data.dispatch('core/edit-post').openGeneralSidebar('unspun/unspun')")
    page.get_by_role("button", name="Check", exact=False).first.click()
    page.wait_for_selector("text=/looks reworded/")
    page.screenshot(path=tmp_path / "first-check.png")
    page.context.close()
