import threading

from prebake.graph.opened import opened_below


def test_files_that_are_read_below_the_folder_are_named(tmp_path):
    root = tmp_path / "project"
    (root / "data").mkdir(parents=True)
    (root / "data" / "a.csv").write_text("1")
    (root / "b.txt").write_text("2")
    (tmp_path / "elsewhere.txt").write_text("3")
    with opened_below(root) as opened:
        (root / "data" / "a.csv").read_text()
        (tmp_path / "elsewhere.txt").read_text()
        (root / "written.txt").write_text("new")
        with (root / "both.txt").open("a+"):
            pass
        (root / "gone.txt").write_text("x")
        (root / "gone.txt").unlink()
    (root / "b.txt").read_text()
    assert opened.paths() == ["data/a.csv"]


def test_what_c_code_opens_through_python_is_seen(tmp_path):
    import numpy as np
    from PIL import Image

    Image.new("L", (2, 2)).save(tmp_path / "a.png")
    np.save(tmp_path / "b.npy", np.zeros(3))
    with opened_below(tmp_path) as opened:
        Image.open(tmp_path / "a.png").load()
        np.load(tmp_path / "b.npy")
    assert opened.paths() == ["a.png", "b.npy"]


def test_threads_of_the_step_are_seen(tmp_path):
    (tmp_path / "a.txt").write_text("1")
    with opened_below(tmp_path) as opened:
        thread = threading.Thread(target=(tmp_path / "a.txt").read_text)
        thread.start()
        thread.join()
    assert opened.paths() == ["a.txt"]


def test_a_link_out_of_the_folder_is_not_below_it(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.txt").write_text("1")
    root = tmp_path / "root"
    root.mkdir()
    with opened_below(root) as opened:
        (root / ".." / "out" / "a.txt").read_text()
    assert opened.paths() == []
