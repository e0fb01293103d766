"""Texts as they come: each encoding back to what was typed, what is right left alone, what is told."""

import random
import unicodedata

import pandas as pd
import pytest
from babel import Locale, localedata
from drawn_texts import GARBLED, LETTERS, NAMES, in_cp1258, in_tcvn3, in_vni, mangled
from hypothesis import assume, example, given
from hypothesis import strategies as st

from phusong.errors import InputError
from phusong.readers import encodings
from phusong.readers.decoding import put_right
from phusong.readers.encodings import shown_as_cp1252, text_of
from phusong.readers.syllables import is_syllable
from phusong.study import Source

FRENCH = (
    "Hôpital Sacré-Cœur",
    "École primaire",
    "Mairie de Forêt-sur-Mer",
    "Été",
    "Château d'Eau",
    "Île aux Chênes",
    "Père Noël",
    "Où ça ?",
    "Maïs",
    "Dû",
)
OTHERS = ("Müller Straße", "Köln", "São Tomé", "Água Grande", "Caué", "Mé-Zóchi", "Príncipe", "Łódź", "Škoda")
ENGLISH = (
    "Office A",
    "25 °C",
    "5 × 5 m",
    "½ mile",
    "naïve café",
    "“quoted” – so…",
    "µm",
    "©",
    "AT&T",
    "a & b",
)


def column(*cells: str, name: str = "name") -> pd.DataFrame:
    return pd.DataFrame({name: list(cells)}, dtype="str")


def read(frame: pd.DataFrame, tmp_path, known=(), **said):
    out, found = put_right(frame, Source(path="x.csv", **said), tmp_path / "x.csv", known=known)
    return out, found


@pytest.fixture
def seen(tmp_path):
    """Cells of one column as they are read, and the findings."""

    def seen_(*cells: str, **said):
        out, found = read(column(*cells), tmp_path, **said)
        return out["name"].tolist(), found

    return seen_


words = st.text(alphabet=LETTERS + "bcdghklmnpqrstvx .,-'()0123456789", max_size=40)


@given(words)
def test_each_encoding_gives_back_any_vietnamese_text(text):
    text = unicodedata.normalize("NFC", text)
    assert (
        unicodedata.normalize("NFC", "".join(encodings.TCVN3.get(b, chr(b)) for b in in_tcvn3(text))) == text
    )
    assert encodings.from_cp1258(shown_as_cp1252(in_cp1258(text))) == text
    if not text.isascii():
        assert encodings.from_mangled_utf8(mangled(text)) == text
        assert encodings.from_mangled_utf8(mangled(text, 2)) == text


def test_each_letter_has_its_code_in_each_table():
    assert len(set(LETTERS)) == 134 + 12
    for letter in set(LETTERS):
        assert encodings.from_vni(shown_as_cp1252(in_vni(letter))) == letter
        assert encodings.from_cp1258(shown_as_cp1252(in_cp1258(letter))) == letter
        assert "".join(encodings.TCVN3.get(b, chr(b)) for b in in_tcvn3(letter)) == letter


def test_published_codes():
    """TCVN 5712:1993: 0xB5 is à, 0xAE đ, 0xA7 Đ, 0xFE ỵ, 0xB8 á, 0xDE ị; VNI: ñ is đ, ö ư, eä ệ, ò ị."""
    assert shown_as_cp1252(b"\xb5\xae\xa7\xfe\xb8\xde") == "µ®§þ¸Þ"
    assert [encodings.from_tcvn3(c) for c in "µ®§þ¸Þ"] == ["à", "đ", "Đ", "ỵ", "á", "ị"]
    assert [encodings.from_vni(c) for c in ("ñ", "ö", "eä", "ò", "AÉ")] == ["đ", "ư", "ệ", "ị", "Ắ"]


@pytest.mark.parametrize("encoding", GARBLED)
def test_a_column_of_names_is_recognised_and_told_once(seen, encoding):
    cells, (finding,) = seen(*map(GARBLED[encoding], NAMES))
    assert cells == list(NAMES)
    assert finding.level == "warning" and finding.file == "x.csv" and finding.row is None
    assert f"({len(NAMES)}, such as" in finding.what and "→" in finding.what and "as-is" in finding.do


@pytest.mark.parametrize("encoding", GARBLED)
@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6))
def test_few_names_come_out_right_or_stay(encoding, names):
    garbled = [GARBLED[encoding](name) for name in names]
    out, found = put_right(column(*garbled), Source(path="x"), _X)
    for name, before, after in zip(names, garbled, out["name"], strict=True):
        assert after in (name, before.strip())
        assert found or after == before.strip()


@pytest.mark.parametrize("cells", [FRENCH, OTHERS, ENGLISH, (*FRENCH, *OTHERS, *ENGLISH), NAMES])
def test_what_is_right_stays_byte_for_byte(seen, cells):
    out, found = seen(*cells)
    assert out == list(cells) and not found


@given(st.lists(st.sampled_from((*NAMES, *FRENCH, *OTHERS)), min_size=1, max_size=8))
def test_any_mixture_of_right_texts_stays(cells):
    out, found = put_right(column(*cells), Source(path="x"), _X)
    assert out["name"].tolist() == cells and not [f for f in found if "converted" in f.what]


def test_a_mixture_is_mended_where_it_is_garbled_only(seen):
    """Two lists pasted together: one in TCVN3, one that is right."""
    garbled = [GARBLED["tcvn3"](name) for name in NAMES[:12]]
    cells, found = seen(*garbled, *NAMES[12:], "Xã La Êê", "Cà Dy")
    assert cells == [*NAMES[:12], *NAMES[12:], "Xã La Êê", "Cà Dy"] and len(found) == 1


def test_short_cells_follow_their_column(seen):
    """nói is a right word, and TCVN3 for núi; beside others in TCVN3 it is meant so, alone it is not."""
    assert seen("nói")[0] == ["nói"]
    assert seen(*map(GARBLED["tcvn3"], NAMES), "nói")[0][-1] == "núi"


def test_columns_with_few_words_follow_their_layer_but_those_apart(tmp_path):
    """Cã is a right word, and TCVN3 for Có; the folders of a KML come from elsewhere than its texts."""
    frame = column(*map(GARBLED["tcvn3"], NAMES)).assign(fibre=GARBLED["tcvn3"]("Có"), folder="Tên xã")
    out, _found = put_right(frame, Source(path="x"), tmp_path / "x.kml", apart=("folder",))
    assert set(out["fibre"]) == {"Có"} and set(out["folder"]) == {"Tên xã"}


def test_a_column_with_letters_that_only_unicode_has_does_not_follow(tmp_path):
    frame = column(*map(GARBLED["tcvn3"], NAMES)).assign(kind=["Cã", "Đắk"] * 11 + ["Cã"])
    assert read(frame, tmp_path)[0]["kind"].tolist() == frame["kind"].tolist()


def test_a_lone_garbled_text_is_told_if_it_stays(seen):
    cells, (finding,) = seen("Thaønh")
    assert cells == ["Thaønh"] and "look garbled" in finding.what and "Thành" in finding.what


def test_known_names_decide_where_syllables_cannot(tmp_path):
    frame = column("Té")
    assert read(frame, tmp_path)[0]["name"].tolist() == ["Té"]
    assert read(frame, tmp_path, known=["Tộ"])[0]["name"].tolist() == ["Tộ"]
    assert read(column("Thaønh"), tmp_path, known=["xã Thành"])[0]["name"].tolist() == ["Thành"]
    right = column(*map(GARBLED["tcvn3"], NAMES), "nói")
    assert read(right, tmp_path, known=["Xã Nói"])[0]["name"].tolist()[-1] == "nói"


@pytest.mark.parametrize("dtype", ["str", "object"])
def test_cells_that_are_alike_are_counted_and_converted_each(tmp_path, dtype):
    cells = [*map(GARBLED["tcvn3"], NAMES), None, " plain "]
    frame = pd.DataFrame({"name": pd.Series(cells * 3, dtype=dtype)})
    if dtype == "object":
        frame.loc[len(frame)] = [("a", "b")]
    out, found = read(frame, tmp_path)
    once, _found = read(frame.iloc[: len(cells)], tmp_path)
    assert out["name"].tolist()[: 3 * len(cells)] == pytest.approx(once["name"].tolist() * 3, nan_ok=True)
    assert out["name"].iloc[len(cells) - 1] == "plain"
    assert dtype == "str" or out["name"].iloc[-1] == ("a", "b")
    changed = sum(GARBLED["tcvn3"](name) != name for name in NAMES)
    assert f"({3 * changed}, such as" in found[0].what


def test_headers_are_converted_with_their_layer(tmp_path):
    frame = column(*map(GARBLED["tcvn3"], NAMES), name=GARBLED["tcvn3"]("Tên xã"))
    assert list(read(frame, tmp_path)[0].columns) == ["Tên xã"]


@pytest.mark.parametrize(
    ("stored", "meant"),
    [
        ("THÞ TRÊN TRµ MY", "THỊ TRẤN TRÀ MY"),
        ("X· ¸i NghÜa", "Xã Ái Nghĩa"),
        ("®­êng vµo ñy ban", "đường vào ủy ban"),
    ],
)
def test_capital_fonts(stored, meant):
    assert encodings.from_tcvn3(stored) == meant


@given(st.sampled_from(NAMES))
def test_capital_fonts_hold_small_codes(name):
    shouted = name.upper()
    stored = shown_as_cp1252(in_tcvn3(shouted, capitals=False))
    assert encodings.from_tcvn3(stored).upper() == shouted


def test_the_study_forces_or_forbids(seen):
    garbled = GARBLED["tcvn3"]("Xã Núi")
    assert seen("nói", encoding="tcvn3") == (["núi"], [])
    assert seen(*map(GARBLED["tcvn3"], NAMES), encoding="as-is")[0][0] == GARBLED["tcvn3"](NAMES[0])
    assert seen(garbled, encoding="utf-8")[0] == [garbled]
    assert seen(unicodedata.normalize("NFD", "Đắc Tôi"), encoding="as-is")[0] == ["Đắc Tôi"]


def test_entities_and_look_alikes(seen):
    cells, found = seen("X&#227; Tr&agrave; My", "A &amp; B", "&lt;b&gt;")
    assert cells == ["Xã Trà My", "A &amp; B", "&lt;b&gt;"] and "HTML" in found[0].what
    cells, found = seen("Ðak Song", "Ðồng Văn", "Xã Ðắc Tôi")
    assert cells == ["Đak Song", "Đồng Văn", "Xã Đắc Tôi"] and len(found) == 1


def test_a_mangled_text_that_lost_its_last_space(seen):
    """The second byte of à is a no-break space, which programs trim or make plain."""
    cells, _found = seen("Xã Trà".encode().decode("cp1252").strip(), "TrÃ  My", "HÃ  TÄ©nh")
    assert cells == ["Xã Trà", "Trà My", "Hà Tĩnh"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_bytes_of_unicode(codec):
    text, read_as = text_of("Tên,Loại\nXã Trà My,UBND".encode(codec))
    assert text.lstrip("\ufeff") == "Tên,Loại\nXã Trà My,UBND" and read_as in ("utf-8", "utf-16")


@given(st.binary(max_size=200))
@example(b"\0" * 7)
def test_no_byte_is_ever_lost(raw):
    assume(raw[:2] not in (b"\xff\xfe", b"\xfe\xff"))
    text, read_as = text_of(raw)
    if read_as == "cp1252":
        assert encodings.as_bytes(text) == raw or unicodedata.normalize("NFC", text) != text


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_that_is_cut_short_is_refused(codec):
    with pytest.raises(InputError, match="begins as UTF-16 text"):
        text_of("\ufeffTên,Loại".encode(codec)[:-1])


def test_lines_of_two_encodings_in_one_file():
    raw = "Xã Đắc Tôi\n".encode() + in_tcvn3("Xã Trà My\n")
    text, read_as = text_of(raw)
    assert text == "Xã Đắc Tôi\n" + GARBLED["tcvn3"]("Xã Trà My\n") and read_as == "mixed"


def test_bytes_that_are_not_what_the_study_says():
    with pytest.raises(InputError, match="is not UTF-8 text"):
        text_of(in_tcvn3("Xã Trà My"), "utf-8", "x.csv")


def test_syllables_that_are_none():
    for word in ("Vàl", "mac", "tòan", "ngiêng", "Köln", "tùùng", "brr", "cạo̧", "hồê", "gế", "kàn", "cì"):
        assert not is_syllable(word), word


class _X:
    name = "x.csv"


@pytest.mark.reference
def test_gazetteers_stay_as_they_are(shared):
    for file in (
        "gso_units_2019-10.csv",
        "gso_units_2025-03.csv",
        "crosswalk_2025.csv",
        "population_2025.csv",
    ):
        frame = pd.read_csv(shared / "vietnam" / file, dtype="str").fillna("")
        out, found = put_right(frame, Source(path=file), shared / file)
        wanted = frame.map(lambda c: unicodedata.normalize("NFC", c.strip()))
        assert not found
        pd.testing.assert_frame_equal(out, wanted)


@pytest.mark.reference
@pytest.mark.parametrize("encoding", GARBLED)
def test_all_communes_of_the_country_come_back(shared, encoding):
    names = pd.read_csv(shared / "vietnam" / "gso_units_2019-10.csv", dtype="str")["name"]
    names = names.map(lambda n: unicodedata.normalize("NFC", n.strip()))
    out, _found = put_right(column(*names.map(GARBLED[encoding])), Source(path="x"), _X)
    # The list itself has "Nậm ét"; TCVN3 has no capital É in its fonts, and a capital is put there.
    assert (out["name"].str.casefold() == names.str.casefold()).all() and len(names) == 11_161
    assert (out["name"] == names).sum() >= 11_150


@pytest.mark.reference
@pytest.mark.parametrize("encoding", GARBLED)
def test_columns_of_one_to_three_names_never_become_wrong(shared, encoding):
    names = pd.read_csv(shared / "vietnam" / "gso_units_2019-10.csv", dtype="str")["name"].map(str.strip)
    names = [unicodedata.normalize("NFC", n) for n in names]
    draw = random.Random(7)
    for _case in range(200):
        some = draw.sample(names, draw.randint(1, 3))
        garbled = [GARBLED[encoding](n) for n in some]
        out = put_right(column(*garbled), Source(path="x"), _X)[0]["name"]
        for name, before, after in zip(some, garbled, out, strict=True):
            assert after.casefold() == name.casefold() or after == before.strip()


def test_words_of_all_other_languages_stay():
    """Names of countries and languages in each language that Babel knows, a column each."""
    for name in localedata.locale_identifiers():
        if "_" in name:
            continue
        locale = Locale.parse(name)
        for words in (locale.territories, locale.languages):
            cells = [unicodedata.normalize("NFC", word.strip()) for word in words.values()]
            if all(word.isascii() for word in cells):
                continue
            out, found = put_right(column(*cells), Source(path="x"), _X)
            assert out["name"].tolist() == cells, (name, found)
            assert not [f for f in found if "converted" in f.what]
