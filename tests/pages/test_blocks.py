import re
from textwrap import dedent

import pytest

from prebake.pages.blocks import DEEPEST, Code, Item, Quote, Text, TooDeep, Unclosed, parse
from prebake.pages.braces import hide_braces, show_braces
from prebake.pages.outline import write

MARK = re.compile(r"aside\w+n\d+n")


def outline(text):
    """As Python-Markdown is given it, with code in brackets where it is set aside."""
    asides = lambda code: "[" + code.replace("\n", "|") + "]"  # noqa: E731
    lines = write(parse(dedent(text).strip("\n")), asides, MARK).split("\n")
    return [line for line in lines if line.strip()]


@pytest.mark.parametrize("indent", [2, 3, 4])
@pytest.mark.parametrize("fence", ["```", "~~~~"])
def test_fenced_code_in_a_list_is_code_whatever_its_indentation(indent, fence):
    space = " " * indent
    marker = {2: "-", 3: "1.", 4: "10)"}[indent]
    text = f"{marker} Do:\n{space}{fence}sh\n{space}make\n\n{space}  # no heading\n{space}{fence}\n{space}Then"
    first = {2: "- Do:", 3: "1. Do:", 4: "10. Do:"}[indent]
    assert outline(text) == [first, f"    [{fence}sh|make||  # no heading|{fence}]", "    Then"]


@pytest.mark.parametrize("indent", ["  ", "   ", "    ", "\t"])
def test_lists_nest(indent):
    assert outline(f"- a\n{indent}- b\n{indent}{indent}1. c\n{indent}- d\n- e") == [
        "- a",
        "    - b",
        "        1. c",
        "    - d",
        "- e",
    ]


def test_a_list_goes_on_behind_a_blank_line_and_a_lazy_one():
    text = "1. one\n   two\nlazy\n\n   second paragraph\n2. three\n\nend"
    assert outline(text) == [
        "1. one",
        "    two",
        "    lazy",
        "    second paragraph",
        "2. three",
        "end",
    ]


def test_what_looks_like_a_list_in_a_paragraph_is_none():
    assert outline("In the year\n1984. It was cold.\n* * *") == [
        "In the year",
        "1984. It was cold.",
        "* * *",
    ]


def test_quotes_hold_lists_and_code():
    assert outline("> - a\n>   ```\n>   x\n>   ```\n> b\nlazy") == [
        "> - a",
        ">",
        ">     [```|x|```]",
        ">",
        "> b",
        "> lazy",
    ]


def test_indented_code_is_code_but_not_in_a_definition():
    kinds = [
        type(each) for each in parse("Text\n\n    code\n\nTerm\n:   Definition\n\n    More of it")
    ]
    assert kinds == [Text, Code, Text]


def test_html_of_the_author_is_left_as_it_is():
    text = "<pre>\n- a\n  - b\n</pre>\n<!-- 1. x\n   2. y -->\n<b>bold</b>\n- c"
    assert outline(text) == text.split("\n")


def test_a_call_at_the_beginning_of_a_line_is_not_part_of_the_list_above():
    assert outline("- a\n{{ stage('s') }}") == ["- a", "{{ stage('s') }}"]
    assert outline("- a\naside0n1n") == ["- a", "aside0n1n"]


def test_what_stands_for_a_block_is_one():
    text = "1. See aside0n1n\n\n   aside0n2n\n2. x"
    assert outline(text) == ["1. See", "    aside0n1n", "    aside0n2n", "2. x"]


def test_code_without_an_end_is_refused_by_its_line():
    with pytest.raises(Unclosed) as refused:
        parse("a\n\n- b\n  ```\n  c\n\nd")
    assert refused.value.line == 3


@pytest.mark.parametrize("marker", ["> ", "- ", "1. "])
def test_containers_do_not_nest_without_end(marker):
    parse(marker * DEEPEST + "x")
    with pytest.raises(TooDeep):
        parse(marker * (DEEPEST + 1) + "x")
    with pytest.raises(TooDeep):
        parse(marker * 50_000 + "x")


def test_blocks_say_where_they_stand():
    item, quote = (each for each in parse("- a\n  b\n> c") if not isinstance(each, Text))
    assert isinstance(item, Item) and isinstance(quote, Quote)
    assert item.inside[0].lines == [(0, "a"), (1, "b")]
    assert quote.inside[0].lines == [(2, "c")]


@pytest.mark.parametrize(
    "text",
    [
        "`{{ a }}`",
        "``a ` {% b %}``",
        "`a\n{{ b }}`",
        "```\n{{ a }}\n```",
        "    {{ a }}",
        "- x\n  ```\n  {# a #}\n  ```",
        "> ~~~\n> {{ a }}\n> ~~~",
        "- `{{ a }}`",
    ],
)
def test_braces_in_code_are_hidden_and_come_back(text):
    hidden = hide_braces(text, parse(text))
    assert "{" not in hidden and "}" not in hidden
    assert hidden.count("\n") == text.count("\n")
    assert show_braces(hidden) == text


@pytest.mark.parametrize(
    "text",
    ["{{ a }}", "` {{ a }}", "\\`\n\n{{ a }}`", "<b>`</b> {{ a }}", "[^1]: x\n\n    {{ a }}"],
)
def test_braces_elsewhere_are_jinja(text):
    assert hide_braces(text, parse(text)) == text
