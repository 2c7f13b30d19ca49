"""The development server, as a browser and a hostile page meet it."""

import os
import signal
from pathlib import Path

import pytest
import requests

from prebake.graph.store import Store
from prebake.serve.http import CLIENT, respond, with_client
from prebake.serve.view import View

from .serving import HELD, alive, hold, let_go, until, worker_of


@pytest.fixture
def server(start_serving):
    return start_serving()


def test_a_change_is_built_and_the_page_is_told(project, server):
    project.write("templates/page.html", "<head></head><h1>{{ page.title }}</h1>{{ content }}")
    answer = server.until("one/", CLIENT)
    assert answer.headers["Cache-Control"] == "no-store"
    server.until_built()
    told = server.events("/one/")
    assert next(told) == ("hello", "")
    project.page("one", "One", "The first", "Something **new**.", datasets="[dots]", picture="dots")
    kinds = {}
    for kind, value in told:
        kinds[kind] = value
        if kind == "built":
            break
    assert kinds["ready"] == ["one/"]
    server.until("one/", "<strong>new</strong>")
    assert (project.out / "one" / "index.html").is_file()


def test_a_build_error_is_told_and_the_last_good_site_stays(project, server):
    server.until("one/", "<em>text</em>")
    server.until_built()
    project.page("one", "One", "The first", "{{ nonsense }}")
    error = server.until_event(lambda kind, value: kind == "error" and value)
    assert "site/one/index.md:5: 'nonsense' is undefined" in error
    assert "<em>text</em>" in server.get("one/").text
    # A page that is opened now is told as well, until the error is mended.
    assert next(server.events()) == ("error", error)
    project.page("one", "One", "The first", "Mended.")
    server.until_event(lambda kind, value: kind == "built" or (kind == "error" and not value))
    server.until("one/", "Mended.")


def test_a_mistake_in_one_page_leaves_the_others(project, start_serving):
    """Also at the first start, when nothing was built before."""
    project.page("two", "Two", "The second", "Fine.", datasets="[dost]")
    server = start_serving()
    server.until("one/", "<em>text</em>")
    error = server.until_event(lambda kind, value: kind == "error" and value)
    assert error == (
        "site/two/index.md:4: there is no dataset 'dost' in datasets/. Did you mean 'dots'?"
    )
    assert not project.out.exists()
    project.page("two", "Two", "The second", "Fine.", datasets="[dots]")
    server.until("two/", "Fine.")
    until(lambda: (project.out / "two" / "index.html").is_file())


def test_a_mistake_is_said_in_the_terminal_while_the_rest_goes_on(project, start_serving):
    hold(project, "slow")
    project.page("two", "Two", "The second", "Fine.", datasets="[dost]")
    project.page("three", "Three", "The third", "{{ nonsense }}")
    server = start_serving()
    lines = iter(server.process.stderr.readline, "")
    wanted = {
        "error: page two: site/two/index.md:4: there is no dataset 'dost' in datasets/. "
        "Did you mean 'dots'?",
        "error: render three: site/three/index.md:5: 'nonsense' is undefined.",
    }
    while wanted:
        line = next(lines).strip()  # a remedy may follow
        wanted -= {each for each in wanted if line.startswith(each)}
    assert (project.root / "hold-slow").exists()


def test_only_with_a_page_that_does_not_exist_is_a_sentence(project, start_serving):
    server = start_serving("--only", "oen")
    error = server.until_event(lambda kind, value: kind == "error" and value)
    assert error == "--only: there is no page 'oen'. Did you mean 'one'?"


def test_a_mistake_that_is_no_pages_is_told_and_mended(project, start_serving):
    good = (project.root / "site/site.toml").read_text()
    project.write("site/site.toml", "[site\n")
    server = start_serving()
    error = server.until_event(lambda kind, value: kind == "error" and value)
    assert "site/site.toml" in error
    assert "site/site.toml" in server.get().text
    project.write("site/site.toml", good)
    server.until("one/", "<em>text</em>")


def test_a_page_is_shown_before_another_is_ready(project, start_serving):
    hold(project, "slow")
    server = start_serving()
    assert server.until("one/", "<em>text</em>").status_code == 200
    answer = server.until("slow/", "Packing slow")
    assert answer.status_code == 503
    assert "It is slow" in answer.text
    assert "This page is being made" in answer.text
    assert CLIENT in answer.text
    assert not project.out.exists()
    let_go(project, "slow")
    # It opens by itself: the page that waits is told.
    detail = server.until_event(
        lambda kind, value: kind == "status" and value["page"]["shown"], page="/slow/"
    )
    assert detail["page"]["text"] == ""
    assert server.get("slow/").status_code == 200
    until(lambda: (project.out / "slow" / "index.html").is_file())


def test_the_gallery_is_there_at_once_and_says_what_happens(project, start_serving):
    hold(project, "slow")
    server = start_serving()
    # As long as nothing is made the server draws it; then it is drawn with what there is.
    assert "not ready yet" in server.get().text
    server.until("", "2 cards")
    server.until("one/", "<em>text</em>")

    def packing(kind, value):
        return kind == "status" and [
            page for page in value["pages"] if page["url"] == "slow/" and "Packing" in page["text"]
        ]

    told = server.until_event(packing)
    shown = {page["url"]: page["shown"] for page in told["pages"]}
    assert (shown["slow/"], shown[""]) == (False, True)
    let_go(project, "slow")
    server.until_built()


def test_an_edit_is_taken_up_while_a_long_step_runs(project, start_serving):
    hold(project, "slow")
    server = start_serving()
    server.until("one/", "<em>text</em>")
    worker = worker_of(project, "slow")
    project.page("one", "One", "The first", "Edited.", datasets="[dots]", picture="dots")
    server.until("one/", "Edited.")
    server.until("slow/", "Packing slow")
    # The step goes on, in the build that started it, and its result is taken by the other.
    assert alive(worker)
    let_go(project, "slow")
    server.until("slow/", "Text.")
    until(lambda: (project.out / "slow" / "index.html").is_file())
    assert worker_of(project, "slow") == worker
    records = [each for each in Store(project.store).records() if each.step == "pack slow"]
    assert len(records) == 1


def test_a_step_that_nobody_wants_any_more_is_ended(project, start_serving):
    hold(project, "slow", shade=1)
    hold(project, "other")
    server = start_serving()
    before, other = worker_of(project, "slow"), worker_of(project, "other")
    (project.root / "worker-slow.pid").unlink()
    project.write("datasets/slow.py", HELD.format(name="slow", shade=2))
    after = worker_of(project, "slow")
    assert after != before
    until(lambda: not alive(before))
    assert alive(other)
    let_go(project, "slow")
    let_go(project, "other")
    server.until_built()
    server.until("slow/", "Text.")


def test_text_is_shown_though_its_own_page_waits_for_something_new(project, start_serving):
    """A page that was built before is drawn with what it had."""
    hold(project, "slow", shade=1)
    let_go(project, "slow")
    server = start_serving()
    server.until("slow/", "Text.")
    server.until_built()
    (project.root / "hold-slow").write_text("")
    (project.root / "worker-slow.pid").unlink()
    project.write("datasets/slow.py", HELD.format(name="slow", shade=2))
    worker_of(project, "slow")
    project.page("slow", "Slow", "It is slow", "Edited text.", datasets="[slow]")
    server.until("slow/", "Edited text.")
    assert (project.root / "hold-slow").exists()
    assert "Edited text." not in (project.out / "slow" / "index.html").read_text()
    let_go(project, "slow")
    until(lambda: "Edited text." in (project.out / "slow" / "index.html").read_text())


def test_an_edit_that_breaks_a_page_leaves_a_training_alone(project, start_serving):
    hold(project, "slow")
    server = start_serving()
    server.until("one/", "<em>text</em>")
    worker = worker_of(project, "slow")
    front = "---\ntitle: One\nsummary: S\n---\n"
    for text, message in [
        (f"{front}{{{{ nonsense }}}}", "site/one/index.md:5: 'nonsense' is undefined"),
        ("no front matter", "site/one/index.md:1: a page starts with its front matter"),
    ]:
        project.write("site/one/index.md", text)
        server.until_event(lambda kind, value, m=message: kind == "error" and m in value)
        assert "<em>text</em>" in server.get("one/").text
    # Even a mistake that stops the whole build does not stop what runs.
    good = (project.root / "site/site.toml").read_text()
    project.write("site/site.toml", "[site\n")
    server.until_event(lambda kind, value: kind == "error" and "site.toml" in value)
    assert alive(worker)
    server.until("slow/", "Packing slow")
    project.write("site/site.toml", good)
    project.page("one", "One", "The first", "Mended.")
    server.until("one/", "Mended.")
    let_go(project, "slow")
    server.until_built()
    assert worker_of(project, "slow") == worker


def test_a_worker_that_is_killed_is_a_sentence_and_the_rest_goes_on(project, start_serving):
    hold(project, "slow")
    server = start_serving()
    first = worker_of(project, "slow")
    (project.root / "worker-slow.pid").unlink()
    os.kill(first, signal.SIGKILL)
    # Once may be an accident: it runs again.
    second = worker_of(project, "slow")
    (project.root / "worker-slow.pid").unlink()
    os.kill(second, signal.SIGKILL)
    error = server.until_event(lambda kind, value: kind == "error" and value)
    assert "pack slow: its process was killed" in error
    assert "its process was killed" in server.until("slow/", "killed").text
    server.until("one/", "<em>text</em>")
    # The next edit tries again.
    project.page("slow", "Slow", "It is slow", "Again.", datasets="[slow]")
    worker_of(project, "slow")
    let_go(project, "slow")
    server.until("slow/", "Again.")


def test_ctrl_c_leaves_no_process(project, start_serving):
    """Neither of the build that runs nor of one that was retired."""
    hold(project, "slow")
    hold(project, "other")
    server = start_serving()
    workers = [worker_of(project, "slow"), worker_of(project, "other")]
    project.page("one", "One", "The first", "Edited.", datasets="[dots]", picture="dots")
    server.until("one/", "Edited.")
    until(lambda: len(list(children(server.process.pid))) == 2)
    builds = [int(p) for p in children(server.process.pid)]
    server.process.send_signal(signal.SIGINT)
    server.process.communicate(timeout=20)
    assert server.process.returncode == 0
    until(lambda: not any(map(alive, (*workers, *builds))))


def test_a_killed_server_leaves_no_process(project, start_serving):
    hold(project, "slow")
    server = start_serving()
    worker = worker_of(project, "slow")
    builds = [int(p) for p in children(server.process.pid)]
    server.process.kill()
    server.process.wait()
    until(lambda: not any(map(alive, (worker, *builds))))
    server.process.returncode = 0  # as the fixture wants it


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_only_this_machine_and_only_the_site(project, server):
    server.until("one/", "text")
    server.until_built()
    foreign = requests.get(server.url, headers={"Host": "evil.example"}, timeout=5)
    assert foreign.status_code == 400
    for path in ("..%2fsite/site.toml", "%2e%2e/site/site.toml", "one/..%2f..%2fsite/site.toml"):
        assert server.get(path).status_code == 404
    assert server.get("nothing").status_code == 404
    assert server.get("nothing/").status_code == 404
    answer = requests.get(f"{server.url}one", timeout=5, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (307, "/one/")


def test_a_port_in_use_is_a_sentence(project, server):
    port = server.url.rpartition(":")[2].strip("/")
    process = project.start("serve", "--port", port)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"error: --port: the port {port} is in use. Choose another, or 0." in error


def test_before_the_first_build_there_is_a_page_that_waits(tmp_path):
    answer = respond(View(Store(tmp_path).folder, tmp_path / "out"), "/")
    assert answer.status_code == 503
    assert CLIENT.encode() in answer.body


def test_the_client_goes_into_the_head_once():
    assert with_client("<head></head></head>").count(CLIENT) == 1
