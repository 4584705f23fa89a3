"""Names of companies, whatever the language: words, legal forms, numerals, branch, other names."""

import pytest

from hub.identity import forms
from hub.identity.names import company_names, person_name
from hub.identity.wording import compare


def words(raw: str) -> list[str]:
    return [name.text for name in company_names(raw)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller & Söhne GmbH & Co. KG", "MUELLER UND SOEHNE GMBH UND CO KG"),
        ("Stahlwerk S. p. A.", "Stahlwerk SpA"),
        ("Girard S.à r.l.", "GIRARD SARL"),
        ("Kowalski Sp. z o.o. Sp. k.", "Kowalski"),
        ("ООО «Ромашка»", "OOO Romashka"),
        ("삼성전자 주식회사", "(주)삼성전자"),
        ("株式会社日立製作所", "日立製作所(株)"),
        ("腾讯计算机系统有限公司", "腾讯计算机系统有限责任公司"),
        ("Ελληνικά Πετρέλαια Α.Ε.", "Ellinika Petrelaia AE"),
        ("AB Volvo (publ)", "Volvo Aktiebolag"),
        ("Koç Holding A.Ş.", "KOC HOLDING ANONIM SIRKETI"),
        ("A.P. Møller - Mærsk A/S", "AP Moeller Maersk AS"),
        ("Grupo Bimbo, S.A.B. de C.V.", "GRUPO BIMBO SAB DE CV"),
        ("Shoprite Checkers (Pty) Ltd", "Shoprite Checkers Proprietary Limited"),
        ("Công ty TNHH Hoàng Anh", "Hoang Anh Co., Ltd."),
        ("Siemens Aktiengesellschaft", "SIEMENS AG"),
        ("Smith's Int'l Ltd", "Smiths International Limited"),
        ("Bosch Gmhb", "Bosch GmbH"),
        ("Vier Pfoten GmbH", "4 Pfoten"),
        ("Bäckerei Kornfeld e.K. Inh. Petra Sauer", "Bäckerei Kornfeld"),
        ("Ferraris S.n.c. di Ferraris Marco e Luca", "FERRARIS SNC"),
        ("SOLUKORTEK LOGISTIK UG (HAFTUNGSBESCHRÄN", "Solukortek Logistik"),
        ("Yarzor Motors L.b.C.", "Yarzor Motors LLC"),
        ("Pemberton-Hale Limited (in administration)", "Pemberton Hale Ltd"),
        ("Gymnasium am Park - Sekretariat", "Gymnasium am Park"),
    ],
)
def test_spellings_of_one_name_have_the_same_words(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("raw", "kinds"),
    [
        ("Acme GmbH", {forms.LIMITED}),
        ("Acme AG", {forms.STOCK}),
        ("Acme GmbH & Co. KG", {forms.PARTNERSHIP}),
        ("Acme Corp. Ltd", {forms.LIMITED, forms.ANY}),
        ("Acme e.V.", {forms.NONPROFIT}),
        ("Acme Limtied", {forms.LIMITED}),
        ("Acme", set()),
    ],
)
def test_legal_forms_are_told_by_kind(raw: str, kinds: set[str]) -> None:
    assert {forms.kinds()[code] for code in company_names(raw)[0].forms} == kinds


def test_former_and_trade_names_are_names_of_their_own() -> None:
    assert words("Meta Platforms, Inc. (formerly Facebook, Inc.)") == ["meta platform", "facebook"]
    assert words("Karl Meier (früher Otto Meier GmbH)") == ["karl meier", "otto meier"]
    assert words("Atelier GmbH, trading as Lumo") == ["atelier", "lumo"]
    assert words("Petróleo Brasileiro S.A. - Petrobras") == ["petroleo brasileiro", "petrobra"]
    assert words("Ex Libris Ltd") == ["ex libris"]


def test_an_acronym_beside_a_name_is_a_name_of_its_own() -> None:
    assert words("SGEL - Sté Générale d'Emballage Lyonnaise SAS")[1] == "sgel"
    assert words("Comercial de Válvulas (CV)")[1] == "cv"
    assert len(words("Hotel Sonne (ABC)")) == 1


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Officine Meccaniche Brambilla", "O.M. Brambilla", "spelling"),
        ("Elektro-Großhandel Reuter", "Reuter Elektrogrosshandel", "spelling"),
        ("Harbor Freight Forwarding", "Harbor Frt Fwdg", "spelling"),
        ("Klinikum Nordheide", "Klinikum Nordheide Service", "sister"),
        ("Store 10342", "Store 10343", "other"),
        ("AAA Plumbing", "A-1 Plumbing", "other"),
    ],
)
def test_how_far_names_agree(one: str, other: str, level: str) -> None:
    left, right = (name.split() for raw in (one, other) for name in words(raw)[:1])
    assert compare(left, right, dict.fromkeys([*left, *right], 10.0)).level == level


def test_a_branch_is_told_from_the_company() -> None:
    assert company_names("Siemens AG Niederlassung München")[0].branch == "munchen"
    assert company_names("Siemens AG - NL Hamburg")[0].branch == "hamburg"
    assert company_names("Siemens AG")[0].branch is None
    assert company_names("Power Plant Services Ltd")[0].branch is None


@pytest.mark.parametrize("raw", ["", "N/A", "---", "unknown", "xxx", "Kunde"])
def test_what_says_nothing_is_no_name(raw: str) -> None:
    assert company_names(raw) == ()


def test_a_name_that_is_only_a_form_is_kept() -> None:
    assert words("Limited") == ["limited"]


def test_people_are_found_in_any_order() -> None:
    assert person_name("Dr. Ada Lovelace") == person_name("LOVELACE, Ada")
    assert person_name("-") is None


BITS = {"acme": 18, "beta": 18, "logistic": 6, "tool": 6, "bayerische": 15, "motoren": 12, "werke": 12, "bmw": 18}


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("acme logistic", "logistic acme", "same"),
        ("acme beta", "acmebeta", "same"),
        ("acme logistic", "acne logistic", "spelling"),
        ("acme logistic", "acme", "part"),
        ("acme logistic", "acme tool", "other"),
        ("acme", "beta", "different"),
        ("bmw", "bayerische motoren werke", "initials"),
    ],
)
def test_two_names_agree_as_far_as_their_words(one: str, other: str, level: str) -> None:
    bits = {word: BITS.get(word, 20.0) for word in (*one.split(), *other.split())}
    assert compare(one.split(), other.split(), bits).level == level
    assert compare(other.split(), one.split(), bits).level == level
