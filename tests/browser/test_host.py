import urllib.error
import urllib.request

import pytest

from prebake.browser.host import hosting


@pytest.fixture
def site(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "extra").mkdir()
    (tmp_path / "site" / "index.html").write_text("home")
    (tmp_path / "site" / "a.wasm").write_bytes(b"\0asm")
    (tmp_path / "extra" / "x.js").write_text("x")
    (tmp_path / "secret.txt").write_text("secret")
    with hosting({"/": tmp_path / "site", "/__x__/": tmp_path / "extra"}) as url:
        yield url


def get(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read(), answer.headers["Content-Type"]


def test_folders_are_found_under_their_paths_with_their_types(site):
    assert get(site) == (b"home", "text/html")
    assert get(site + "a.wasm")[1] == "application/wasm"
    assert get(site + "__x__/x.js") == (b"x", "text/javascript")


@pytest.mark.parametrize("path", ["../secret.txt", "%2e%2e/secret.txt", "__x__/../../secret.txt"])
def test_nothing_outside_is_served(site, path):
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(site + path)
    assert caught.value.code == 404
