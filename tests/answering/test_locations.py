import numpy as np

from rag.answer import Box
from rag.answering.locations import line_boxes

HEIGHT = 200


def characters(*lines: tuple[int, int, int], top: int = 1000) -> np.ndarray:
    """Boxes of characters 100 wide: of each line its left edge, number of characters, and how far it is moved down."""
    return np.array(
        [
            (left + 100 * n, top + down, left + 100 * n + 100, top + down + HEIGHT)
            for left, count, down in lines
            for n in range(count)
        ],
        dtype=np.uint16,
    )


def test_a_line_is_one_box_in_points() -> None:
    assert list(line_boxes(characters((400, 5, 0)), 3)) == [Box(3, 20.0, 50.0, 45.0, 60.0)]


def test_characters_of_two_lines_are_two_boxes() -> None:
    boxes = list(line_boxes(characters((400, 5, 0), (400, 2, 240)), 1))
    assert boxes == [Box(1, 20.0, 50.0, 45.0, 60.0), Box(1, 20.0, 62.0, 30.0, 72.0)]


def test_small_letters_beside_large_ones_stay_on_their_line() -> None:
    large, small = characters((400, 2, 0)), characters((600, 2, 60))
    small[:, 3] -= 60
    assert list(line_boxes(np.concatenate([large, small]), 1)) == [Box(1, 20.0, 50.0, 40.0, 60.0)]


def test_another_column_at_the_same_height_is_a_box_of_its_own() -> None:
    assert len(list(line_boxes(characters((4000, 2, 0), (400, 2, 0)), 1))) == 2


def test_characters_that_stand_nowhere_have_no_box() -> None:
    boxes = characters((400, 3, 0))
    boxes[1] = 0
    assert list(line_boxes(boxes, 1)) == [Box(1, 20.0, 50.0, 35.0, 60.0)]
    assert list(line_boxes(boxes[:0], 1)) == []
