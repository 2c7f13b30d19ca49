import pytest

from prebake.pages.tags import Tag, change_attributes, tags


def test_tags_are_read_as_they_are_meant():
    html = "<A HREF='a&amp;b' data-x=1 hidden>x</A><!-- <b> --> 1 < 2 <img src=\"a>b\"/>"
    assert list(tags(html)) == [
        Tag("a", {"href": "a&b", "data-x": "1", "hidden": ""}),
        Tag("img", {"src": "a>b"}),
    ]


def test_only_what_is_given_changes():
    html = "<p class=x><img  src=a alt='b' SRC=c><br></p><!--<img src=a>-->"
    new = change_attributes(html, lambda tag: {"src": 'n"'} if tag.name == "img" else {})
    assert new == html.replace("src=a alt", 'src="n&quot;" alt').replace("SRC=c", 'SRC="n&quot;"')


@pytest.mark.parametrize("html", ["<", "<a", "<a href=", "a < b > c", "<a 'x>", "<!--", "< a>"])
def test_what_is_no_tag_stays(html):
    assert change_attributes(html, lambda tag: {"href": "x"}) == html
