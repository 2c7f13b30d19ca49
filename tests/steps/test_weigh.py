import gzip
import json

from prebake.steps import weigh


def sizes(project, built):
    record = built.outcomes["weigh scripts"].record
    path = project.store / "v1" / "artifacts" / record.digest[:2] / record.digest
    return json.loads((path / "sizes.json").read_text())


def with_script(project, text):
    project.write("site/one/page.js", f"document.title = {text!r};\n")
    return project


def test_every_script_has_its_sizes(project):
    built = with_script(project, "a " * 500).build()
    (path,) = sizes(project, built)
    content = (project.out / path).read_bytes()
    found = sizes(project, built)[path]
    assert found["raw"] == len(content)
    assert found["gzip"] == len(gzip.compress(content, 9))
    assert 0 < found["brotli"] < found["gzip"]
    report = json.loads((project.out / "report.json").read_text())["pages"]["one"]
    assert report["js_bytes"] == found["raw"]
    assert report["js_brotli_bytes"] == found["brotli"]
    assert report["lazy_js_brotli_bytes"] == 0


def test_each_content_is_compressed_once(project, monkeypatch):
    asked = []
    real = weigh._weigh
    monkeypatch.setattr(weigh, "_weigh", lambda *given: asked.append(given[1]) or real(*given))
    from prebake.graph.step import Context

    folder = project.root / "made"
    folder.mkdir()
    (folder / "a.js").write_text("a")
    (folder / "b.js").write_text("b")
    tool = weigh.Path(weigh.__file__).parent.parent

    def run():
        out = project.root / "out"
        out.mkdir(exist_ok=True)
        given = {"scripts": folder, "tool": tool}
        weigh.run(Context("weigh scripts", {}, given, out, project.root, {}, [], print, out))
        return json.loads((out / "sizes.json").read_text())

    first = run()
    (folder / "b.js").write_text("other")
    second = run()
    assert [len(each) for each in asked] == [2, 1]
    assert second["a.js"] == first["a.js"] and second["b.js"]["raw"] == 5


def test_sizes_that_cannot_be_read_are_measured_again(tmp_path):
    memory = tmp_path / "sizes.json"
    for text in ("{not json", "[]", '{"x": {"raw": "many"}}', '{"x": {"raw": -1}}'):
        memory.write_text(text)
        assert weigh.read_sizes(memory) == {}
    assert weigh.read_sizes(tmp_path / "gone.json") == {}
