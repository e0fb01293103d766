"""What the user can mend: errors that say what is wrong, where, and what to do next."""


class PhuSongError(Exception):
    """An error for people. The command line prints it as one plain line and exits with `exit_code`.

    `what` says what is wrong, `where` the file (and row or key), `do` the next step.

    >>> str(PhuSongError("no column for the longitude", where="sites.csv", do="Name it in the study."))
    'sites.csv: no column for the longitude. Name it in the study.'
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        self.what, self.where, self.do = what, where, do
        line = f"{where}: {what}" if where else what
        if do:
            line = f"{line.rstrip('.')}. {do}"
        super().__init__(" ".join(line.split()))


class StudyError(PhuSongError):
    """The study file cannot be used."""


class InputError(PhuSongError):
    """An input file cannot be read as what the study says it is."""


class FetchError(PhuSongError):
    """Open data cannot be had, or is not what it should be."""


class RunError(PhuSongError):
    """A run folder cannot be read or written."""


class QualityError(PhuSongError):
    """The data-quality gate (`--strict`) is shut."""

    exit_code = 3
