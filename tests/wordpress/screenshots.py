"""The pictures of docs/wordpress.md, from a real WordPress with the real service.

    PYTHONPATH=tests python -m wordpress.screenshots [FOLDER]

Needs what the tests need, and Pillow to make the files small.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final

from PIL import Image
from playwright.sync_api import sync_playwright

from wordpress.conftest import CLEAN, SPUN, SUITE, blocks, configured
from wordpress.service import KEY, Service
from wordpress.site import PASSWORD, Site

PICTURES: Final = Path(__file__).parent.parent.parent / "docs" / "wordpress"
WIDTH: Final = 1000
#: Colours of a picture; what is drawn has few.
COLOURS: Final = 80

#: What stands in the archive.
ARTICLES: Final = {
    "Getting ready for the flood": SPUN,
    "Shelters near you": CLEAN[1:],
    "Photos from the disaster": SPUN[1:],
    "A checklist for the kitchen": CLEAN[:2],
    "An app for the emergency": CLEAN,
    "Opening hours": ["Open daily from nine to five."],
}


class Camera:
    """Takes pictures of pages of one site, logged in as its administrator."""

    def __init__(self, site: Site, service: str, page: Any, folder: Path) -> None:
        self.site, self.service, self.page, self.folder = site, service, page, folder
        page.goto(f"{site.address}/wp-login.php")
        page.fill("#user_login", "admin")
        page.fill("#user_pass", PASSWORD)
        page.click("#wp-submit")
        page.wait_for_url("**/wp-admin/**")
        # The menu folded, and no columns that are empty here.
        hidden = "array( 'author', 'categories', 'tags', 'comments' )"
        site.php(
            "$user = get_user_by( 'login', 'admin' )->ID; update_user_option( $user, 'user-settings', 'mfold=f' );"
            f"return update_user_meta( $user, 'manageedit-postcolumnshidden', {hidden} );"
        )

    def open(self, path: str, height: int = 640) -> Any:
        self.page.set_viewport_size({"width": WIDTH, "height": height})
        self.page.goto(f"{self.site.address}/wp-admin/{path}")
        return self.page

    def edit(self, post: int, height: int = 640) -> Any:
        page = self.open(f"post.php?post={post}&action=edit", height)
        page.wait_for_selector('iframe[name="editor-canvas"], .editor-styles-wrapper')
        page.wait_for_function("window.wp?.data?.select('core/editor')?.getCurrentPostId?.() > 0")
        return page

    def take(self, name: str, **options: Any) -> None:
        path = self.folder / f"{name}.png"
        self.page.screenshot(path=path, animations="disabled", **options)
        with Image.open(path) as picture:
            small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
        print(f"{path.name}: {small.width} x {small.height}, {path.stat().st_size / 1024:.0f} KB")


def settings_page(camera: Camera) -> None:
    page = camera.open("options-general.php?page=unspun", 900)
    page.click("button:has-text('Test the connection')")
    page.wait_for_selector("text=The server answers")
    # Its port is another one each time.
    page.evaluate("document.querySelector( '#unspun-server' ).value = 'http://127.0.0.1:8000'")
    camera.take("settings")


def editor(camera: Camera) -> None:
    page = camera.edit(camera.site.post(blocks(*SPUN), title="An app for the emergency"), 760)
    page.evaluate(
        "wp.data.dispatch( 'core/interface' ).enableComplementaryArea( 'core', 'unspun/unspun' )",
    )
    page.click(".unspun-sidebar .unspun-check")
    page.wait_for_selector(".unspun-verdict")
    page.wait_for_timeout(1000)
    camera.take("editor")


def publishing(camera: Camera) -> None:
    configured(camera.site, server=camera.service, key=KEY, action="block")
    page = camera.edit(camera.site.post(blocks(*SPUN[:1], *CLEAN[1:2]), title="An app for the emergency"), 850)
    page.click(".editor-post-publish-panel__toggle, .editor-post-publish-button__button")
    page.wait_for_selector(".unspun-publish .unspun-verdict")
    page.wait_for_timeout(500)
    camera.take("publish")
    configured(camera.site, server=camera.service, key=KEY)


def archive(camera: Camera) -> None:
    drafts = camera.site.php("return array_map( 'wp_delete_post', get_posts( 'post_status=draft&fields=ids' ) );")
    assert drafts
    for name, text in ARTICLES.items():
        camera.site.post(blocks(*text), title=name, status="publish")
    page = camera.open("tools.php?page=unspun-archive", 820)
    page.click("#unspun-archive button:text-is('Start')")
    page.wait_for_selector("text=Finished.")
    camera.take("archive")
    camera.open("edit.php?orderby=unspun&order=desc", 480)
    camera.take("posts")


def classic(camera: Camera) -> None:
    plugin = camera.site.folder / "wp-content" / "mu-plugins" / "no-blocks.php"
    plugin.write_text("<?php add_filter( 'use_block_editor_for_post', '__return_false' );")
    post = camera.site.post("\n\n".join(SPUN[:1]), title="An app for the emergency")
    page = camera.open(f"post.php?post={post}&action=edit", 1200)
    page.wait_for_function("window.tinymce && tinymce.get( 'content' ) && tinymce.get( 'content' ).initialized")
    page.click("#unspun .unspun-classic > p button")
    page.wait_for_selector("#unspun .unspun-verdict")
    page.locator("#unspun .unspun-phrase__text button").first.click()
    page.wait_for_timeout(300)
    camera.take("classic")
    plugin.unlink()


@contextmanager
def open_camera(folder: Path) -> Iterator[Camera]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with ExitStack() as stack:
        service = Service()
        stack.callback(service.stop)
        site = Site(Path(stack.enter_context(tempfile.TemporaryDirectory())), SUITE)
        stack.callback(site.stop)
        configured(site, server=service.address, key=KEY)
        driver = stack.enter_context(sync_playwright())
        options = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"]
        browser = stack.enter_context(closing(driver.chromium.launch(executable_path=chromium, args=options)))
        yield Camera(site, service.address, browser.new_page(), folder)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES
    folder.mkdir(parents=True, exist_ok=True)
    with open_camera(folder) as camera:
        for take in (settings_page, editor, publishing, archive, classic):
            take(camera)


if __name__ == "__main__":
    main()
