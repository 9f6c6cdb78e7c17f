from datetime import UTC, datetime

import pytest

from feedback.report_number import display, new_number, parse

NOW = datetime(2026, 11, 24, 17, tzinfo=UTC)  # the 25th in Shanghai


def test_a_number_begins_with_the_citys_date_and_never_comes_twice():
    numbers = {new_number(NOW) for _ in range(2000)}
    assert len(numbers) == 2000
    assert all(number.startswith("20261125") for number in numbers)


def test_a_number_is_read_however_people_write_it():
    number = new_number(NOW)
    shown = display(number)
    assert shown.count("-") == 2
    assert parse(shown) == parse(number.lower()) == parse(f" {shown.replace('-', ' ')} ") == number


@pytest.mark.parametrize("position", range(8, 17))
def test_one_wrong_character_is_noticed(position):
    number = new_number(NOW)
    other = "Z" if number[position] != "Z" else "Y"
    assert parse(number[:position] + other + number[position + 1 :]) is None


@pytest.mark.parametrize("written", ["", "12345", "你好", "20261124", "'; DROP TABLE reports; --", "２０２６１１２４"])
def test_what_is_no_number_is_none(written):
    assert parse(written) is None
