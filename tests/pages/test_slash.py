from prebake.pages.slash import NAME, places


def test_the_script_lies_in_every_folder_on_the_way_to_a_page():
    assert places(["", "one/", "a/b/"]) == sorted([NAME, f"one/{NAME}", f"a/{NAME}", f"a/b/{NAME}"])
