"""Products: GTIN, SKU, patterns; names only for review."""

from hub.identity.products import Product, SkuPattern, resolve_products

SHOP = SkuPattern("shop", strip_prefix="ACME-", variant="-[A-Z]{3}")


def test_gtin_links_across_lengths_and_contradicts() -> None:
    found = resolve_products(
        [
            Product("a", "sap", sku="4711", gtin="4006381333931"),
            Product("b", "shop", sku="X", gtin="04006381333931"),
            Product("c", "crm", sku="4711", gtin="4012345678901"),
        ]
    )
    assert found.cluster_of == {"a": "a", "b": "a", "c": "c"}
    assert [link.rule for link in found.links] == ["gtin"]


def test_a_pattern_maps_a_variant_to_the_bare_number_where_there_is_only_one() -> None:
    bare, black, red = (
        Product("a", "sap", "4711"),
        Product("b", "shop", "ACME-4711-BLK"),
        Product("c", "shop", "ACME-4711-RED"),
    )
    assert resolve_products([bare, black], [SHOP]).cluster_of == {"a": "a", "b": "a"}
    assert resolve_products([bare, black, red], [SHOP]).cluster_of == {"a": "a", "b": "b", "c": "c"}


def test_a_source_tells_its_own_products_apart() -> None:
    found = resolve_products([Product("a", "sap", "47-11"), Product("b", "sap", "4711"), Product("c", "shop", "4711")])
    assert found.cluster_of["a"] != found.cluster_of["b"]


def test_names_are_asked_about_and_never_linked() -> None:
    found = resolve_products(
        [
            Product("a", "sap", "1", name="Ball valve DN 25 brass"),
            Product("b", "shop", "V-25", name="Brass ball valve DN25"),
            Product("c", "shop", "V-32", name="Brass ball valve DN32"),
        ]
    )
    assert len(set(found.cluster_of.values())) == 3
    assert [(link.left, link.right) for link in found.reviews] == [("a", "b")]


def test_people_decide() -> None:
    one, two = Product("a", "sap", "4711"), Product("b", "shop", "4711")
    assert resolve_products([one, two], apart=[("b", "a")]).cluster_of == {"a": "a", "b": "b"}
    other = Product("b", "shop", "9")
    assert resolve_products([one, other], same=[("b", "a")]).cluster_of == {"a": "a", "b": "a"}
