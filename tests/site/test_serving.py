"""Pages that are being made, as one sees them in the browser."""

import pytest
from playwright.sync_api import expect

from ..serving import hold, let_go

PAGE = """
    <!doctype html><html lang="en"><head><title>{{ page.title }}</title>
    <meta http-equiv="Content-Security-Policy" content="{{ policy }}"></head>
    <body><main><h1>{{ page.title }}</h1>{{ content }}</main></body></html>
"""
GALLERY = """
    <!doctype html><html lang="en"><head><title>{{ page.title }}</title>
    <meta http-equiv="Content-Security-Policy" content="{{ policy }}"></head>
    <body><main><h1>{{ page.title }}</h1><ul>{% for card in cards %}
    <li><h2><a href="{{ card.url }}">{{ card.title }}</a></h2><p>{{ card.summary }}</p></li>
    {% endfor %}</ul></main></body></html>
"""


@pytest.fixture
def open_page(project, chromium):
    project.write("templates/page.html", PAGE)
    project.write("templates/gallery.html", GALLERY)
    contexts = []

    def make(url):
        contexts.append(chromium.new_context())
        page = contexts[-1].new_page()
        page.goto(url)
        return page

    yield make
    for context in contexts:
        context.close()


def test_a_page_that_is_not_ready_says_so_and_opens_by_itself(
    project, start_serving, open_page, axe
):
    hold(project, "slow")
    server = start_serving()
    server.until("slow/", "Packing slow")
    page = open_page(f"{server.url}slow/")
    expect(page.locator("h1")).to_have_text("Slow")
    expect(page.locator("#prebake-waiting")).to_contain_text("It is slow")
    expect(page.locator("#prebake-waiting li.runs", has_text="Packing slow")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Packing slow")
    assert axe(page) == []
    for width, scheme in [(390, "dark"), (1280, "light")]:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert axe(page) == []
    let_go(project, "slow")
    expect(page.locator("main")).to_contain_text("Text.")
    expect(page.locator("#prebake-waiting")).to_have_count(0)


def test_a_card_of_the_gallery_says_what_happens_to_its_page(
    project, start_serving, open_page, axe
):
    hold(project, "slow")
    server = start_serving()
    server.until("", "<ul>")
    page = open_page(server.url)
    card = page.locator("li", has_text="It is slow")
    expect(card.locator(".prebake-status")).to_contain_text("Packing slow")
    expect(page.locator("li", has_text="The first").locator(".prebake-status")).to_have_count(0)
    assert axe(page) == []
    card.get_by_role("link").click()
    expect(page.locator("#prebake-waiting")).to_be_visible()
    page.go_back()
    let_go(project, "slow")
    expect(card.locator(".prebake-status")).to_have_count(0)
    card.get_by_role("link").click()
    expect(page.locator("main")).to_contain_text("Text.")


def test_an_error_is_shown_until_it_is_mended_and_the_page_loads_again(
    project, start_serving, open_page
):
    server = start_serving()
    server.until("one/", "<em>text</em>")
    server.until_built()
    page = open_page(f"{server.url}one/")
    project.page("one", "One", "The first", "{{ nonsense }}")
    expect(page.get_by_role("alert")).to_contain_text("site/one/index.md:5: 'nonsense'")
    expect(page.locator("em")).to_have_text("text")
    project.page("one", "One", "The first", "Mended.")
    expect(page.locator("main")).to_contain_text("Mended.")
    expect(page.get_by_role("alert")).to_have_count(0)
