import json

import pytest

from prebake.errors import BuildFailed
from prebake.graph.step import Context
from prebake.steps import bundle
from tests.conftest import ROOT


def info(project, built, page):
    record = built.outcomes["bundle scripts"].record
    path = project.store / "v1" / "artifacts" / record.digest[:2] / record.digest
    return json.loads((path / "pages" / f"{page}.json").read_text())


def with_scripts(project):
    project.write("site/shared.js", "export const shared = (x) => `${x} from a shared module`;\n")
    project.write(
        "site/one/page.js",
        "import { shared } from '../shared.js';\n"
        "document.title = shared('one');\n"
        "addEventListener('click', () => import('../lazy.js'));\n",
    )
    project.write("site/lazy.js", "document.title = 'a part that is loaded on demand';\n")
    project.page("two", "Two", "S", "Text.")
    project.write("site/two/page.js", "import { shared } from '../shared.js';\nshared('two');\n")
    return project


def test_what_pages_share_is_in_a_file_of_its_own(project):
    built = with_scripts(project).build()
    one, two = info(project, built, "one"), info(project, built, "two")
    assert one["script"] != two["script"]
    assert one["preload"] == two["preload"] and len(one["preload"]) == 1
    assert (project.out / one["preload"][0]).read_text().count("from a shared module") == 1


def test_scripts_at_once_and_on_demand_are_told_apart(project):
    built = with_scripts(project).build()
    one, two = info(project, built, "one"), info(project, built, "two")
    assert one["at_once"] == sorted([one["script"], *one["preload"]])
    assert len(one["on_demand"]) == 1 and one["on_demand"][0] not in one["at_once"]
    assert two["on_demand"] == []
    assert set(one["files"]) == {*one["at_once"], *one["on_demand"]}


def test_names_follow_the_content(project):
    built = with_scripts(project).build()
    before = info(project, built, "two")["script"]
    project.write("site/two/page.js", "document.title = 'other';\n")
    built = project.build()
    assert info(project, built, "two")["script"] != before
    assert not (project.out / before).exists()


def test_a_page_whose_script_did_not_change_stays_fresh(project):
    project.page("two", "Two", "S", "Text.")
    project.write("site/one/page.js", "document.title = '1';\n")
    project.write("site/two/page.js", "document.title = '2';\n")
    project.build()
    project.write("site/two/page.js", "document.title = '3';\n")
    statuses = project.statuses(project.build())
    assert statuses["bundle scripts"] == "built"
    assert statuses["render two"] == "built"
    assert statuses["render one"] == "fresh"


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import './gone.js';\n", 'site/one/page.js:1: Could not resolve "./gone.js"'),
        ("const x = ;\n", 'site/one/page.js:1: Unexpected ";"'),
        ("import x from 'no-such-package';\n", 'Could not resolve "no-such-package"'),
    ],
)
def test_what_esbuild_refuses_is_said_with_file_and_line(project, script, message):
    project.write("site/one/page.js", script)
    with pytest.raises(BuildFailed) as caught:
        project.build()
    assert message in str(caught.value)


def test_everything_that_a_script_imports_counts(project):
    project.write("site/one/data.json", '{"a": 1}\n')
    project.write("site/one/static/x.js", "export const x = 1;\n")
    project.write(
        "site/one/page.js",
        "import data from './data.json';\nimport { x } from './static/x.js';\n"
        "document.title = data.a + x;\n",
    )
    project.build()
    project.write("site/one/data.json", '{"a": 2}\n')
    assert project.build().outcomes["bundle scripts"].reason == "site/one/data.json changed"
    project.write("site/one/static/x.js", "export const x = 2;\n")
    assert project.build().outcomes["bundle scripts"].reason == "site/one/static/x.js changed"


def test_what_no_script_reads_bundles_nothing(project):
    project = with_scripts(project)
    project.write("site/styles/part.css", "p { color: red }\n")
    project.write("site/styles/site.css", "@import './part.css';\nbody { margin: 0 }\n")
    project.write("site/one/notes.json", "{}\n")
    project.build()
    project.write("site/styles/part.css", "/* why */\np { color: red }\n")
    project.write("site/one/notes.json", "[]\n")
    built = project.build()
    ran = {name: o.reason for name, o in built.outcomes.items() if o.status == "built"}
    # The style is bundled, comes out as it was, and no page is rendered.
    assert ran == {"style site": "site/styles/part.css changed"}
    project.write("site/unused.js", "export const nobody = 1;\n")
    assert {o.status for o in project.build().outcomes.values()} == {"fresh"}


def test_a_script_that_changes_back_is_not_bundled_again(project):
    project = with_scripts(project)
    project.build()
    script = project.root / "site/one/page.js"
    before = script.read_text()
    script.write_text("document.title = 'other';\n")
    assert project.build().outcomes["bundle scripts"].status == "built"
    script.write_text(before)
    assert project.build().outcomes["bundle scripts"].status == "restored"


def test_a_new_page_renders_itself_and_the_gallery(project):
    with_scripts(project).build()
    project.page("three", "Three", "S", "Text.")
    built = project.build()
    ran = {name for name, o in built.outcomes.items() if o.status == "built"}
    assert ran == {"render three", "render home", "links site", "extras site"}


def test_an_import_from_outside_the_site_is_refused(project):
    project.write("elsewhere.js", "export const x = 1;\n")
    project.write("site/one/page.js", "import { x } from '../../elsewhere.js';\nx;\n")
    with pytest.raises(
        BuildFailed, match=r"elsewhere.js: a script imports it, but it lies outside"
    ):
        project.build()


def test_what_is_installed_must_be_what_is_locked(project):
    lock = json.loads((ROOT / "package-lock.json").read_text())
    lock["packages"]["node_modules/esbuild"]["version"] = "0.0.1"
    project.write("package-lock.json", json.dumps(lock))
    with pytest.raises(BuildFailed) as caught:
        project.build()
    assert "package-lock.json wants node_modules/esbuild 0.0.1, installed is 0." in str(
        caught.value
    )
    assert "Run 'npm ci'" in str(caught.value)


def test_without_node_modules_the_remedy_is_named(project):
    (project.root / "node_modules").unlink()
    with pytest.raises(BuildFailed, match=r"node_modules: .*not installed. Run 'npm ci'"):
        project.build()


def test_without_node_the_remedy_is_named(project, monkeypatch, tmp_path):
    monkeypatch.setattr(bundle.shutil, "which", lambda name: None)
    out = tmp_path / "out"
    out.mkdir()
    inputs = {"project": project.root, "tool": tmp_path}
    context = Context(
        "style site", {}, inputs, out, project.root, {}, [], lambda *_: None, out.parent / "scratch"
    )
    with pytest.raises(Exception, match="Node is not installed. Install Node 20 or newer"):
        bundle.style(context)
