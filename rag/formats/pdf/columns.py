"""The columns of tables on a PDF's page, by the white that runs through their rows and the lines drawn between them."""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, pairwise

from rag.formats.pdf.characters import Characters
from rag.formats.pdf.lines import WORD_GAP, Line, Piece, pieces_of
from rag.formats.pdf.prose import is_prose
from rag.formats.pdf.rules import Rules
from rag.formats.pdf.table_rows import (
    Band,
    Gutters,
    covered_columns,
    filled_columns,
    line_of,
    pieces_by_column,
    table_rows,
)

_FEWEST_ROWS = 2
_FARTHEST_ROWS = 2.0
"""Heights of a line between two rows of a table at most."""
_NEAR = 0.8
"""Heights of a line between a heading within a table and the rows around it at most."""
_GUTTERS = {1: 1.2, 2: 0.9}
"""Heights of a line that the white between two columns is wide, by how many rows it runs through."""
_GUTTER = 0.3
"""The same through three rows or more; in each there is more."""
_FULL_ROWS = (0.6, 0.75, 0.9)
"""Shares of the most pieces that a row has from which on rows are asked where the columns are."""
_FEWEST_FULL = 0.25
"""Share of the rows that must say so."""
_BLOCKED = 0.1
"""Share of such rows that may reach over the white between two columns."""
_MOST_BETWEEN = 3
"""Lines of one piece on the left after each other within a table at most."""
_MOST_ARE = 0.6
_MOST_LINES_OF_CELL = 8


def with_columns(lines: list[Line], page: Characters, read_rules: Callable[[], Rules]) -> list[Line]:
    """`lines` with the rows of each table in order, an empty cell where a row has nothing in a column.

    Columns of prose stay as they are, or come one after the other where they were drawn line by line.
    """
    if not _may_have_rows(lines):
        return lines
    rules = read_rules()
    pieces = [pieces_of(line, at, page, rules) for at, line in enumerate(lines)]
    return _with_tables(lines, pieces, rules)


def _may_have_rows(lines: list[Line]) -> bool:
    """Whether some lines have room within them, or stand beside each other."""
    several = sum(line.is_row or line.room > WORD_GAP * line.height for line in lines)
    ordered = sorted(lines, key=lambda line: line.top + line.bottom)
    beside = sum(
        below.top + below.bottom - above.top - above.bottom < min(above.height, below.height)
        for above, below in pairwise(ordered)
    )
    return several + beside >= _FEWEST_ROWS


def _with_tables(lines: list[Line], pieces: list[list[Piece]], rules: Rules) -> list[Line]:
    apart: set[int] = set()
    replaced: dict[int, list[Line]] = {}
    taken: set[int] = set()
    tables = 0
    while True:
        bands = _bands(lines, pieces, taken | apart)
        prose: set[int] = set()
        for part, gutters in _tables(bands, rules):
            columns = pieces_by_column(part, gutters)
            is_apart = _is_drawn_by_columns(columns)
            running = [column for column in columns if is_prose(column, is_apart)]
            at = {line for band in part for line in band.lines}
            if not running or (len(running) < len(columns) and _is_drawn_by_rows(part)):
                tables += 1
                replaced[min(at)] = table_rows(part, gutters, rules, tables)
                taken |= at
            elif len(running) == len(columns) and any(band.was_row for band in part):
                replaced[min(at)] = [line_of([piece]) for column in columns for piece in column]
                taken |= at
            else:
                prose |= at if len(running) == len(columns) else {piece.line for column in running for piece in column}
        if not prose:
            break
        apart |= prose
    result: list[Line] = []
    for index, line in enumerate(lines):
        result += replaced.get(index, [] if index in taken else [line])
    return result


def _bands(lines: Sequence[Line], pieces: Sequence[list[Piece]], without: set[int]) -> list[Band]:
    bands: list[Band] = []
    middle = {at: (line.top + line.bottom) / 2 for at, line in enumerate(lines) if at not in without}
    for at in sorted(middle, key=lambda at: middle[at]):
        line = lines[at]
        band = bands[-1] if bands else None
        if band and abs(middle[at] - (band.top + band.bottom) / 2) < min(band.height, line.height) / 2:
            band.pieces += pieces[at]
            band.lines.append(at)
            band.top, band.bottom = min(band.top, line.top), max(band.bottom, line.bottom)
            band.was_row |= line.is_row
        else:
            bands.append(Band([*pieces[at]], [at], line.top, line.bottom, line.height, line.is_row))
    for band in bands:
        band.pieces.sort(key=lambda piece: piece.left)
    return bands


def _tables(bands: list[Band], rules: Rules) -> Iterator[tuple[list[Band], Gutters]]:
    """Bands that are the rows of a table, and the white between its columns."""
    place = {id(band): at for at, band in enumerate(bands)}
    for run in _runs(bands):
        for part, gutters in _fitting(run, rules):
            yield part + _end(part, bands[place[id(part[-1])] + 1 :], gutters, rules), gutters


def _end(part: list[Band], below: list[Band], gutters: Gutters, rules: Rules) -> list[Band]:
    """The bands of one piece `below` with which a table ends: what goes on in a cell, or stands in a drawn box."""
    left = min(piece.left for band in part for piece in band.pieces)
    right = max(piece.right for band in part for piece in band.pieces)
    end: list[Band] = []
    for band in below[:_MOST_LINES_OF_CELL]:
        columns = [covered_columns(piece, gutters) for piece in band.pieces]
        if len(columns) > 1 or len(columns[0]) > 1:
            break
        goes_on = columns[0][0] > 0 and [*part, *end][-1].gap_above(band) < _NEAR
        is_boxed = any(rules.is_between(*gutter, band.top, band.bottom) for gutter in gutters) and rules.levels(
            band.bottom - band.height / 2, band.bottom + band.height, left, right
        )
        if not goes_on and not is_boxed:
            break
        end.append(band)
    return end


def _runs(bands: list[Band]) -> Iterator[list[Band]]:
    """Bands one below the other, the first and the last of several pieces and few of one between them."""
    run: list[Band] = []
    alone = 0
    for band in bands:
        is_next = run and run[-1].gap_above(band) < _FARTHEST_ROWS
        several = len(band.pieces) > 1
        if run and (not is_next or alone == _MOST_BETWEEN):
            yield _trimmed(run)
            run, alone = [], 0
        if several or run:
            run.append(band)
            is_left = band.pieces[0].left < min(other.pieces[0].left for other in run) + band.height
            alone = alone + 1 if is_left and not several else 0
    if run:
        yield _trimmed(run)


def _trimmed(run: list[Band]) -> list[Band]:
    several = [at for at, band in enumerate(run) if len(band.pieces) > 1]
    return run[several[0] : several[-1] + 1] if several else []


def _fitting(run: list[Band], rules: Rules) -> Iterator[tuple[list[Band], Gutters]]:
    """The parts of a run whose bands keep to columns."""
    if len(run) < 2:
        return
    gutters = _gutters(run, rules)
    if not gutters:
        # Two tables, or a table and lines that only look like its rows.
        widest = max(range(1, len(run)), key=lambda at: run[at - 1].gap_above(run[at]))
        if run[widest - 1].gap_above(run[widest]) > _NEAR:
            yield from _fitting(_trimmed(run[:widest]), rules)
            yield from _fitting(_trimmed(run[widest:]), rules)
        return
    parts: list[list[Band]] = [[]]
    for band in run:
        if _fits(band, gutters):
            parts[-1].append(band)
        else:
            parts += [[band], []]
    if len(parts) == 1:
        if sum(filled_columns(band, gutters) > 1 for band in run) > 1:
            yield run, gutters
        return
    if _are_one(parts, gutters, rules):
        yield run, gutters
        return
    for part in parts[::2]:
        yield from _fitting(_trimmed(part), rules)


def _are_one(parts: list[list[Band]], gutters: Gutters, rules: Rules) -> bool:
    """Whether bands that reach over columns are headings within one table."""
    for before, (band,), after in zip(parts[::2], parts[1::2], parts[2::2], strict=False):
        if not before or not after or len(band.pieces) > 1:
            return False
        if max(before[-1].gap_above(band), band.gap_above(after[0])) > _NEAR:
            return False
    return all(len(_gutters(_trimmed(part), rules)) <= len(gutters) for part in parts[::2])


def _gutters(run: list[Band], rules: Rules) -> Gutters:
    """White from the top to the bottom of a run, left to right."""
    several = [band for band in run if len(band.pieces) > 1]
    most = max((len(band.pieces) for band in several), default=0)
    best: Gutters = []
    for share in _FULL_ROWS:
        full = [band for band in several if len(band.pieces) >= share * most]
        # Headings over several columns have fewer pieces than rows, as rows with empty cells have.
        if len(full) > _FEWEST_FULL * len(several):
            best = max(best, _white(full, (run[0].top, run[-1].bottom), rules), key=len)
    return best


def _white(full: list[Band], limits: tuple[float, float], rules: Rules) -> Gutters:
    """White between the pieces of nearly all of `full`."""
    height = sorted(band.height for band in full)[len(full) // 2]
    narrowest = _GUTTERS.get(len(full), _GUTTER) * height
    allowed = int(_BLOCKED * len(full))
    edges = sorted(
        (x, step) for band in full for piece in band.pieces for x, step in ((piece.left, 1), (piece.right, -1))
    )
    found: Gutters = []
    depth, inked = 0, False
    for (x, step), (following, _) in pairwise(edges):
        depth += step
        if depth > allowed:
            inked = True
        elif inked and following > x:
            # White that a word of a row or two parts is one.
            left = found[-1][0] if found and found[-1][1] == x else x
            found[-1 if left < x else len(found) :] = [(left, following)]
    # What is right of the last column is no gutter.
    while found and not _is_inked(edges, found[-1][1], allowed):
        found.pop()
    return [
        (left, right) for left, right in found if right - left >= narrowest or rules.is_between(left, right, *limits)
    ]


def _is_inked(edges: list[tuple[float, int]], left: float, allowed: int) -> bool:
    """Whether more than `allowed` pieces stand on any place from `left` on."""
    depths = accumulate(step for _, step in edges)
    return any(depth > allowed for (x, _), depth in zip(edges, depths, strict=True) if x >= left)


def _fits(band: Band, gutters: Gutters) -> bool:
    """Whether a band keeps to the columns, or is a row anyway."""
    covered = [covered_columns(piece, gutters) for piece in band.pieces]
    if all(len(columns) == 1 for columns in covered):
        return True
    apart = all(before[-1] < after[0] for before, after in pairwise(covered))
    return band.was_row and len(covered) > 1 and apart


def _is_drawn_by_rows(part: list[Band]) -> bool:
    """Whether what stands on one height was drawn at once, as rows are and running text beside other text is not."""
    several = [band for band in part if len(band.pieces) > 1]
    at_once = sum(max(band.lines) - min(band.lines) < len(band.pieces) for band in several)
    return len(several) > 1 and at_once > _MOST_ARE * len(several)


def _is_drawn_by_columns(columns: Sequence[Sequence[Piece]]) -> bool:
    """Whether all of a column was drawn before anything of the next, as the cells of several rows are not."""
    drawn = [[piece.line for piece in column] for column in columns if column]
    return all(max(before) < min(after) for before, after in pairwise(drawn))
