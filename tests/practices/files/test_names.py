"""Names that people give files: shown and offered, never a path."""

import pytest

from practices.files.names import LONGEST, cleaned, ending_of


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Well in Sylhet.PDF", "Well in Sylhet.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\amina\\report.pdf", "report.pdf"),
        ("con.txt.pdf", "file con.txt.pdf"),
        ("CON.pdf", "file CON.pdf"),
        ("annual\u202efdp.exe.pdf", "annual fdp.exe.pdf"),
        ("null\x00byte\r\nSet-Cookie: a.pdf", "null byte Set-Cookie a.pdf"),
        ("...pdf", "file.pdf"),
        (".pdf", "file.pdf"),
        ("no ending", "no ending.pdf"),
        ("\u200b\u200f.pdf", "file.pdf"),
        ("تقرير ٢٠٢٤.pdf", "تقرير ٢٠٢٤.pdf"),
        ("cafe\u0301.pdf", "café.pdf"),
        ('a<b>"c"|d?.pdf', "a b c d.pdf"),
    ],
)
def test_what_is_dangerous_in_a_name_goes_and_the_rest_stays(given, kept):
    assert cleaned(given, "pdf") == kept


def test_a_name_of_four_kilobytes_is_cut_and_keeps_its_ending():
    kept = cleaned("é" * 4096 + ".pdf", "pdf")

    assert len(kept) == LONGEST
    assert kept.endswith("é.pdf")


def test_the_ending_is_what_a_computer_would_take_it_for():
    assert ending_of("report.PDF") == "pdf"
    assert ending_of("report.pd\u202ef") == "pdf"
    assert ending_of("no ending") == ""
    assert ending_of("gpj.exe") == "exe"
    assert ending_of("a." + "x" * 40) == ""
