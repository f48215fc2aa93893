"""Dates that a spreadsheet made, and garbled texts, are told from real ones."""

import pytest

from spuriforge.data.audit_texts import decoded_wrongly, made_by_spreadsheet


@pytest.mark.parametrize(
    ("question", "options", "dates"),
    [
        ("How many people?", ["0-5", "11月15日", "6月10日", "16-20"], ["11月15日", "6月10日"]),
        ("What part of the pizza is left?", ["2-Jan", "Mar-04", "all of it"], ["2-Jan", "Mar-04"]),
        ("How many days is it open?", ["1-Feb", "3-Apr", "5", "6"], ["1-Feb", "3-Apr"]),
        ("How old is she?", ["2023-01-02 00:00:00", "10-15"], ["2023-01-02 00:00:00"]),
        ("How many dogs?", ["2023-01-02", "4", "5"], ["2023-01-02"]),
        ("What is the date of the match?", ["1-Feb", "3-Apr", "5-May", "6-May"], []),
        ("When did the act take effect?", ["sep 1999", "apr 2000", "may 2000", "aug 1990"], []),
        ("Which event is remembered?", ["pearl harbor", "wwi", "9/11", "wwii"], []),
        ("What time is it?", ["10:15:00", "10:30:00"], []),
        ("What is written on the tin?", ["2023-01-02", "fresh"], []),
        ("What may he do?", ["march", "may-pole dance", "sit"], []),
        ("What fraction is shown?", ["1/3", "1/2"], []),
    ],
)
def test_a_spreadsheets_dates_are_told_from_real_ones(
    question: str, options: list[str], dates: list[str]
) -> None:
    assert made_by_spreadsheet(question, options) == dates


@pytest.mark.parametrize(
    ("text", "garbled"),
    [
        ("d茅cor", True),
        ("caf\ufffd", True),
        ("donâ€™t", True),
        ("décor", False),
        ("don’t", False),  # noqa: RUF001
        ("一个", False),
    ],
)
def test_garbled_text_is_told_from_foreign_text(text: str, garbled: bool) -> None:
    assert decoded_wrongly(text) == garbled
