"""A link check that tells what is gone from what did not answer."""

import links
import pytest


@pytest.mark.parametrize(
    ("status", "info", "kind"),
    [
        ("working", "", "works"),
        ("redirected", "https://elsewhere.example", "works"),
        ("broken", "404 Client Error: Not Found for url: https://gone.example", "broken"),
        ("broken", "410 Client Error: Gone for url: https://gone.example", "broken"),
        ("broken", "Anchor 'part' not found", "broken"),
        ("broken", "403 Client Error: Forbidden for url: https://shy.example", "unreachable"),
        ("broken", "503 Server Error: Service Unavailable for url: https://down.example", "unreachable"),
        ("broken", "Max retries exceeded (Caused by NameResolutionError(…))", "unreachable"),
        ("timeout", "Read timed out. (read timeout=20)", "unreachable"),
    ],
)
def test_only_an_answer_that_something_is_gone_is_broken(status, info, kind):
    assert links.kind({"status": status, "info": info}) == kind
