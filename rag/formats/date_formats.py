"""Days and times as a sheet shows them, from the days since its calendar begins."""

from calendar import day_abbr, day_name, month_abbr, month_name
from collections.abc import Callable, Sequence, Set
from datetime import datetime, timedelta
from itertools import pairwise
