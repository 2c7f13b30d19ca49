"""The development server, as a browser and a hostile page meet it."""

import re
import time

import pytest
import requests

from prebake.serve import CLIENT, EVENTS, respond, with_client


@pytest.fixture
def server(project):
    process = project.start("serve", "--port", "0")
    line = process.stderr.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+/", line)
    assert found, line
    yield found[0]
    process.terminate()
    process.communicate(timeout=10)
    assert process.returncode == 0


def until_it_holds(url, text, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        answer = requests.get(url, timeout=5)
        if text in answer.text:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"{url} never held {text!r}: {answer.status_code} {answer.text[:300]}")


def events(url):
    stream = requests.get(url + EVENTS.lstrip("/"), stream=True, timeout=20)
    return stream, (
        line for line in stream.iter_lines(decode_unicode=True) if line.startswith("event")
    )


def until_event(told, wanted):
    for line in told:
        if line == wanted:
            return
    raise AssertionError(f"the stream ended without {wanted!r}")


def test_a_change_is_built_and_the_page_is_told(project, server):
    project.write("templates/page.html", "<head></head><h1>{{ page.title }}</h1>{{ content }}")
    answer = until_it_holds(f"{server}one/", CLIENT)
    assert answer.headers["Cache-Control"] == "no-store"
    stream, told = events(server)
    until_event(told, "event: hello")
    project.page("one", "One", "The first", "Something **new**.", datasets="[dots]", picture="dots")
    until_event(told, "event: built")
    until_it_holds(f"{server}one/", "<strong>new</strong>")
    stream.close()


def test_a_build_error_is_told_and_the_last_good_site_stays(project, server):
    until_it_holds(f"{server}one/", "<em>text</em>")
    stream, told = events(server)
    project.page("one", "One", "The first", "{{ nonsense }}")
    until_event(told, "event: error")
    assert "<em>text</em>" in requests.get(f"{server}one/", timeout=5).text
    # A page that is opened now is told as well, until the error is mended.
    again = requests.get(server + EVENTS.lstrip("/"), stream=True, timeout=20)
    lines = again.iter_lines(decode_unicode=True)
    assert next(lines) == "event: error"
    assert "site/one/index.md:5: 'nonsense' is undefined" in next(lines)
    project.page("one", "One", "The first", "Mended.")
    until_event(told, "event: built")
    until_it_holds(f"{server}one/", "Mended.")
    stream.close()
    again.close()


def test_only_this_machine_and_only_the_site(project, server):
    until_it_holds(f"{server}one/", "text")
    foreign = requests.get(server, headers={"Host": "evil.example"}, timeout=5)
    assert foreign.status_code == 400
    for path in ("..%2fsite/site.toml", "%2e%2e/site/site.toml", "one/..%2f..%2fsite/site.toml"):
        assert requests.get(server + path, timeout=5).status_code == 404
    assert requests.get(f"{server}nothing", timeout=5).status_code == 404
    assert requests.get(f"{server}one", timeout=5, allow_redirects=False).status_code == 307


def test_a_port_in_use_is_a_sentence(project, server):
    port = server.rpartition(":")[2].strip("/")
    process = project.start("serve", "--port", port)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"error: --port: the port {port} is in use. Choose another, or 0." in error


def test_before_the_first_build_there_is_a_page_that_waits(tmp_path):
    answer = respond(tmp_path, "/", "")
    assert answer.status_code == 503
    assert CLIENT.encode() in answer.body


def test_the_client_goes_into_the_head_once():
    assert with_client("<head></head></head>").count(CLIENT) == 1
