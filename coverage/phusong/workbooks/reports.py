"""The table of answers to the survey: what forms bring is added to it, nothing is taken out."""

from pathlib import Path

import pandas as pd

from phusong.beside import whole_file
from phusong.errors import RunError
from phusong.language import _
from phusong.moments import now
from phusong.readers.forms import ANSWER_COLUMNS
from phusong.runs import safe_cell

#: Where an answer comes from: the form and the cell where its line begins.
FORM = "form"
#: When it came in, where the table says so.
RECEIVED = "received_at"


def add_reports(path: Path, answers: pd.DataFrame) -> int:
    """Add answers (`readers.forms.read_forms`) to the CSV at `path`, by site and date; how many were new.
    Where the table has a column `received_at`, they came in now.

    Raises RunError when there is another table at `path`, or it cannot be written.
    """
    there = _there(path)
    new = answers.reindex(columns=ANSWER_COLUMNS).astype("object").fillna("")
    new[FORM] = answers["source"] + "!" + answers["cell"] if len(answers) else ""
    for column in ("reported_by", "note", FORM):
        new[column] = new[column].map(safe_cell)
    if RECEIVED in there:
        new[RECEIVED] = f"{now():%Y-%m-%d %H:%M:%S}"
    both = pd.concat([there, new.astype("str")], ignore_index=True)
    # The same answer read twice is one: the first.
    both = both.drop_duplicates(ANSWER_COLUMNS).sort_values([*ANSWER_COLUMNS, FORM], kind="stable")
    with whole_file(path) as part:
        both.to_csv(part, index=False, encoding="utf-8-sig")
    return len(both) - len(there)


def _there(path: Path) -> pd.DataFrame:
    if not path.exists():
        return pd.DataFrame(columns=[*ANSWER_COLUMNS, FORM])
    if path.suffix.lower() == ".csv":
        there = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        if list(there.columns.drop(RECEIVED, errors="ignore")) == [*ANSWER_COLUMNS, FORM]:
            return there
    raise RunError(
        _("is not the table that 'phusong survey --read' writes"),
        where=str(path),
        do=_("Name a new .csv in the study, reports under [inputs], and copy its rows there."),
    )
