import pytest
from PIL import Image

from prebake.errors import BuildFailed


def picture(project):
    (path,) = (project.out / "one").glob("picture-*.png")
    return Image.open(path)


def test_a_datasets_picture_is_made_of_its_samples(project):
    project.build()
    image = picture(project)
    assert image.size == (1200, 630)
    assert len(image.convert("L").getcolors(10_000) or []) > 20


def test_a_file_is_fitted(project):
    (project.root / "site" / "one").mkdir(exist_ok=True)
    Image.new("RGB", (300, 300), "red").save(project.root / "site" / "one" / "mine.jpg")
    project.page("one", "One", "S", "", picture="mine.jpg")
    project.build()
    assert picture(project).size == (1200, 630)


def test_a_file_that_is_no_image_is_a_sentence(project):
    project.write("site/one/mine.jpg", "no image")
    project.page("one", "One", "S", "", picture="mine.jpg")
    with pytest.raises(BuildFailed, match=r"site/one/mine.jpg: the picture cannot be read"):
        project.build()
