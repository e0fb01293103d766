"""Spoilt files for hypothesis: the same as the fuzzer's, every choice drawn so that a failure shrinks."""

from fuzz.mutations import NASTY_BYTES, NASTY_TEXTS
from fuzz.reading import a_file
from fuzz.seeds import Seed
from hypothesis import strategies as st


@st.composite
def spoilt_files(draw: st.DrawFn, of: tuple[str, ...] = (), ending: str = "") -> Seed:
    """A file of one of these inputs and this ending, with one to four things in it changed."""
    return a_file(lambda low, high: draw(st.integers(low, high)), of, ending)


def nasty_texts() -> st.SearchStrategy[str]:
    """Texts as cells hold them, and such as none should."""
    return st.one_of(
        st.sampled_from(NASTY_TEXTS),
        st.text(max_size=30),
        st.text("0123456789.,-+°'\"eE NSWĐBxy", max_size=20),
    )


def nasty_bytes() -> st.SearchStrategy[bytes]:
    """Bytes of no encoding, or of several at once."""
    parts = st.one_of(
        st.binary(max_size=20),
        st.sampled_from(NASTY_BYTES),
        st.sampled_from(["Huyện", "Hµ Néi", "Ñaø Naüng", "XÃ£"]).flatmap(
            lambda word: st.sampled_from(["utf-8", "utf-16", "cp1252", "cp1258"]).map(
                lambda e: word.encode(e, "replace")
            )
        ),
    )
    return st.lists(parts, max_size=6).map(b"".join)
