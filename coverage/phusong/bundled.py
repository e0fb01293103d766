"""Where the files that come with the program are: the study of Nam Giang and the sheets of data/."""

from pathlib import Path


def bundled(name: str) -> Path:
    """The path of `name` under data/, in an installed package or in a checkout.

    >>> bundled("nam-giang/study.toml").exists()
    True
    """
    here = Path(__file__).resolve().parent
    installed = here / "data" / name
    return installed if installed.exists() else here.parents[1] / "data" / name
