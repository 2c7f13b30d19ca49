import os
import threading

from prebake import swap


def folder(path, text):
    path.mkdir()
    (path / "a").write_text(text)
    (path / "b").write_text(text)
    return path


def test_two_folders_change_places(tmp_path):
    new, old = folder(tmp_path / "new", "2"), folder(tmp_path / "old", "1")
    swap.exchange(new, old, tmp_path / "aside")
    assert ((old / "a").read_text(), (new / "a").read_text()) == ("2", "1")


def test_without_an_old_one_the_new_one_moves(tmp_path):
    new = folder(tmp_path / "new", "2")
    swap.exchange(new, tmp_path / "old", tmp_path / "aside")
    assert (tmp_path / "old" / "a").read_text() == "2"
    assert not new.exists()


def test_it_also_works_where_the_system_cannot_exchange(tmp_path, monkeypatch):
    monkeypatch.setattr(swap, "_exchange_atomically", lambda new, old: False)
    test_two_folders_change_places(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["new", "old"]


def test_a_reader_never_finds_nothing_or_a_part(tmp_path):
    old = folder(tmp_path / "site", "0")
    problems = []
    ended = threading.Event()

    def read():
        while not ended.is_set():
            try:
                handle = os.open(old, os.O_RDONLY)
                names = os.listdir(handle)
                os.close(handle)
                if sorted(names) != ["a", "b"]:
                    problems.append(names)
            except OSError as error:
                problems.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(200):
        new = folder(tmp_path / f"new{number}", str(number))
        swap.exchange(new, old, tmp_path / "aside")
    ended.set()
    reader.join()
    assert problems == []
