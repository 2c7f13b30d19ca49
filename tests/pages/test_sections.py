import pytest

from prebake.errors import RenderError
from prebake.pages.sections import section, sections

TEXT = """
before();
  // #region outer
  one();
  // #region inner
    two();
  // #endregion
  three();
  // #endregion outer
after();
"""


def test_sections_may_be_nested_and_lose_their_indentation_and_marks():
    assert sections(TEXT, "x.js") == {"outer": "one();\n  two();\nthree();", "inner": "two();"}


def test_python_marks():
    assert section("# #region a\nx = 1\n# #endregion\n", "a", "x.py") == "x = 1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("// #region a\n", "x.js:1: the section 'a' is not closed"),
        ("x\n// #endregion\n", "x.js:2: an #endregion without a #region"),
        ("// #region a\n// #endregion\n// #region a\n", "x.js:3: a second section 'a'"),
    ],
)
def test_marks_that_do_not_match(text, message):
    with pytest.raises(RenderError) as caught:
        sections(text, "x.js")
    assert message in str(caught.value)


def test_a_missing_section_suggests_the_nearest():
    with pytest.raises(RenderError, match=r"no section 'outre'. Did you mean 'outer'\?"):
        section(TEXT, "outre", "x.js")
    with pytest.raises(RenderError, match="It has: inner, outer"):
        section(TEXT, "zzz", "x.js")
