"""The search: what people type finds the page that answers it."""

import json

import pytest
from helpers.pages import HTML

QUERIES = {
    "backprop stride": "faq longer_answers",
    "backpropagation": "index faq",
    "NCHW": "faq elsewhere",
    "gradcheck": "faq",
    "shape mismatch": "faq longer_answers",
    "conv_backward": "00_forward",
    "9.13": "translating",
    "transposed convolution": "09_general_layer",
    "convoltuion transposed": "09_general_layer",
    "why flip": "04_flip",
    "rot180": "04_flip",
    "池化": "glossary",
    "卷积": "glossary",
    "max pooling ties": "02_pooling",
    "overlapping pooling": "02_pooling faq",
    "learning rate": "11_training",
    "which epochs batch": "11_training",
    "dropout": "12_own_layers",
    "batch norm": "12_own_layers",
    "im2col": "08_vectorization",
    "col2im": "08_vectorization longer_answers",
    "checkerboard": "longer_answers",
    "output_padding": "09_general_layer faq",
    "ceil_mode": "longer_answers",
    "momentum": "longer_answers",
    "softmax cross entropy": "12_own_layers faq",
    "load pytorch weights": "elsewhere",
    "own images": "elsewhere",
    "loss nan": "symptoms",
    "does not learn": "symptoms",
    "dead relu": "symptoms",
    "bias sum or mean": "07_bias_gradient",
    "winograd": "speed",
    "roofline": "speed",
    "grade submissions": "teaching",
    "formula card": "card",
    "errata": "errata",
    "depthwise": "09_general_layer elsewhere",
    "float32 tolerance": "01_gradients 10_hidden_errors",
    "complex step": "01_gradients 10_hidden_errors",
    "numerical_gradient": "api",
    "mnist download": "elsewhere api",
    "padding backward": "longer_answers",
    "delta rule": "03_delta_rule",
    "chain rule": "01_gradients",
    "autograd": "where_next",
}


@pytest.fixture(scope="module", params=["served", "as a file"])
def results(browser, address, request):
    """The page of results, as a reader has it: a function from a query to the links below it."""
    tab = browser.new_page()
    start = address if request.param == "served" else HTML.as_uri()
    tab.goto(f"{start}/search.html?q=stride")
    tab.wait_for_selector(".search-link")

    def found(query):
        tab.fill(".bd-search-container input[type=search]", query)
        return [link.get_attribute("href") for link in tab.query_selector_all(".search-link")]

    yield found
    tab.close()


def test_what_people_type_finds_the_right_page(results):
    missed = {}
    for query, wanted in QUERIES.items():
        first = [link.split(".html")[0] for link in results(query)[:3]]
        if not set(wanted.split()) & set(first):
            missed[query] = first
    assert len(QUERIES) >= 40 and missed == {}


def test_a_hit_leads_to_its_section(results):
    for query, anchor in (
        ("ceil_mode", "q-ceil-mode"),
        ("batch norm", "q-batch-norm"),
        ("9.13", "q-goodfellow"),
    ):
        assert anchor in [link.split("#")[1] for link in results(query)[:2]]


def test_what_is_not_there_is_said_to_be_missing(browser, address):
    tab = browser.new_page()
    tab.goto(f"{address}/search.html?q=zzyzx")
    tab.wait_for_selector("#search-results p")
    assert "Nothing found" in tab.inner_text("#search-results")
    tab.close()


def test_every_section_that_is_found_is_on_its_page():
    """No formula is shown as TeX, and each anchor exists."""
    text = (HTML / "_static" / "sections.js").read_text(encoding="utf-8")
    sections = json.loads(text[text.index("[") : text.rindex("]") + 1])
    pages = {docname: (HTML / f"{docname}.html").read_text(encoding="utf-8") for docname, *_ in sections}
    assert len(sections) > 400 and len(pages) >= 28
    for docname, _, anchor, title, _ in sections:
        assert f'id="{anchor}"' in pages[docname], (docname, anchor)
        assert "\\" not in title and "$" not in title, title
