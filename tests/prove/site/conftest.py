"""The fixtures of the tests of pages, for proofs that need a site of their own."""

from tests.site.conftest import (  # noqa: F401 (fixtures)
    axe,
    chromium,
    new_page,
    page_of,
    playwright,
    profile,
    watch,
)
