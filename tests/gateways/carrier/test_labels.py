"""What stands on a label, and what a scanner reads from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateways.carrier.labels.barcodes import (
    ScanCode,
    ScanCodeKind,
    is_sscc,
    reference_code,
    sscc,
    sscc_code,
)
from gateways.carrier.labels.document import LabelDocument, LabelHeading, draw_label
from gateways.carrier.labels.layout import (
    LABEL_HEIGHT,
    LABEL_WIDTH,
    MODULES_ACROSS,
    TRANSLITERATED,
)
from gateways.carrier.labels.text import fit, line_pitch, printable, text_width, wrap
from gateways.carrier.protocol import LabelRequest
from tests.gateways.carrier.builders import (
    MONDAY,
    a_request,
    an_address,
    pages,
    print_zpl,
    scan,
    text_of,
    zpl_texts,
)

SSCC = "095200000000001230"
LONG_NAME = "Donaudampfschifffahrtsgesellschaftskapitän " * 4


def drawn(request: LabelRequest, code: ScanCode | None = None) -> LabelDocument:
    codes = [code or sscc_code(SSCC)]
    return draw_label(request, codes, LabelHeading(carrier="Example"), MONDAY)


def test_the_sscc_on_the_page_is_read_as_gs1() -> None:
    read = scan(pages(drawn(a_request()).pdf)[0])

    assert read.text == f"00{SSCC}"
    assert read.symbology == "]C1"


def test_the_sscc_in_the_zpl_is_read_as_gs1() -> None:
    read = scan(print_zpl(drawn(a_request()).zpl))

    assert read.text == f"00{SSCC}"
    assert read.symbology == "]C1"


def test_the_page_is_four_by_six_inches() -> None:
    page = pages(drawn(a_request()).pdf)[0]

    assert page.size == (LABEL_WIDTH, LABEL_HEIGHT) == (812, 1218)


def test_the_same_shipment_gives_the_same_bytes() -> None:
    assert drawn(a_request()) == drawn(a_request())


@pytest.mark.parametrize(
    ("body", "digit"), [("1061414123456789", "0"), ("0061414112345678", "2")]
)
def test_a_wrong_check_digit_is_noticed(body: str, digit: str) -> None:
    assert not is_sscc(f"{body}{digit}")


def test_the_check_digit_is_the_one_gs1_gives() -> None:
    assert is_sscc("106141412345678908")
    assert not is_sscc("106141412345678909")
    with pytest.raises(ValueError, match="check digit"):
        sscc_code("106141412345678909")


@given(serial=st.integers(min_value=0, max_value=999_999_999))
def test_every_serial_number_has_an_sscc(serial: int) -> None:
    assert is_sscc(sscc(serial))


@pytest.mark.parametrize("serial", [-1, 1_000_000_000])
def test_a_serial_number_that_does_not_fit_is_refused(serial: int) -> None:
    with pytest.raises(ValueError, match="nine digits"):
        sscc(serial)


@pytest.mark.parametrize("text", ["", "shop\n1", "straße"])
def test_a_reference_a_scanner_cannot_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="printable ASCII"):
        reference_code(text, modules=MODULES_ACROSS)


@pytest.mark.parametrize(
    "text",
    ["shop-1001-1", "a", "1", "12345", "s>1^2~3_4\\5", "1234567890123456789012", "A1b"],
)
def test_a_reference_is_read_back_from_page_and_zpl(text: str) -> None:
    code = reference_code(text, modules=MODULES_ACROSS)

    document = drawn(a_request(), code)

    assert code.kind is ScanCodeKind.CODE_128
    assert scan(pages(document.pdf)[0]).text == text
    assert scan(print_zpl(document.zpl)).text == text


def test_letters_the_printer_lacks_are_written_in_latin_and_said_so() -> None:
    address = an_address(name="Łukasz Żak", street="улица Ленина 5", city="Kraków")

    text = text_of(drawn(a_request(ship_to=address)).pdf)

    assert "Lukasz Zak" in text
    assert "ulitsa Lenina 5" in text
    assert "Kraków" in text
    assert TRANSLITERATED in text


def test_latin_letters_are_printed_as_they_are() -> None:
    address = an_address(name="Zoë Müller-Ångström", street="Rue de l'Élysée 3")

    text = text_of(drawn(a_request(ship_to=address)).pdf)

    assert "Zoë Müller-Ångström" in text
    assert TRANSLITERATED not in text


def test_a_long_name_never_pushes_the_city_off_the_label() -> None:
    address = an_address(
        name=LONG_NAME, street=LONG_NAME, street2=LONG_NAME, city="Vienna"
    )

    text = text_of(drawn(a_request(ship_to=address)).pdf)

    assert "10115 Vienna" in text
    assert "DE" in text.splitlines()


def test_the_postcode_stands_where_the_country_wants_it() -> None:
    address = an_address(
        city="Springfield", region="IL", postcode="62701", country="US"
    )

    assert "Springfield IL 62701" in text_of(drawn(a_request(ship_to=address)).pdf)


def test_zpl_commands_in_an_address_are_only_text() -> None:
    address = an_address(name="^XZ~JA_5E\\&", street="^FS^FO0,0")

    zpl = drawn(a_request(ship_to=address)).zpl

    assert zpl.count("^XZ") == 1
    assert "~" not in zpl
    assert "^XZ~JA_5E\\&" in zpl_texts(zpl)


@given(text=st.text(max_size=60))
def test_any_text_becomes_printable_latin_1(text: str) -> None:
    written = printable(text)

    assert written.encode("latin-1").decode("latin-1").isprintable()
    assert printable(written) == written


@given(text=st.text(max_size=80), width=st.integers(min_value=60, max_value=700))
def test_no_row_is_wider_than_its_box(text: str, width: int) -> None:
    rows = wrap(printable(text), width=width, height=40)

    assert all(text_width(row, 40) <= width for row in rows)
    assert "".join(rows).replace(" ", "") == printable(text).replace(" ", "").replace(
        "\xa0", ""
    )


@given(
    lines=st.lists(st.text(max_size=120), max_size=7),
    depth=st.integers(min_value=240, max_value=500),
)
def test_fitted_text_stays_inside_its_box(lines: list[str], depth: int) -> None:
    written = tuple(printable(line) for line in lines)

    fitted = fit(written, width=500, depth=depth, heights=(52, 40, 28))

    assert len(fitted.rows) * line_pitch(fitted.height) <= depth
    assert all(text_width(row, fitted.height) <= 500 for row in fitted.rows)
