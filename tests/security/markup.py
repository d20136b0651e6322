"""What a browser would make of a page: anything in it that runs, loads or leads elsewhere and is none of ours."""

from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

HOSTILE = (
    '"\'><script>attack()</script><img src=x onerror=attack()><svg/onload=attack()><a href="javascript:attack()">x</a>'
    "<iframe srcdoc='<script>attack()</script>'></iframe><base href=//attack.example><style>*{display:none}</style>"
    "--></textarea></title><meta http-equiv=refresh content='0;url=//attack.example'>{{7*7}}${7*7}\u202e\x00"
)
"""Every way out of text, attribute, comment, title and textarea, and both customary template marks."""
_NEVER = {"iframe", "object", "embed", "base", "frame", "applet", "style", "math", "template"}
_ADDRESSES = {"href", "src", "action", "formaction", "data", "srcset", "poster", "hx-get", "hx-post", "sse-connect"}
_OURS = ("/", "#", "?")


def harms(page: str) -> list[str]:
    """What is in the page and should not be; empty for a good one."""
    tree = LexborHTMLParser(page)
    found = [one for node in tree.css("*") for one in _harms(node)]
    return [*found, *(["a template was filled"] if ">49<" in page or "$49" in page else [])]


def _harms(node: LexborNode) -> Iterator[str]:
    if node.tag in _NEVER:
        yield f"<{node.tag}>"
    if node.tag == "script" and not (node.attributes.get("src") or "").startswith("/static/"):
        yield "a script that is not ours"
    if "http-equiv" in node.attributes and not (node.attributes.get("content") or "x").isdigit():
        yield "a page that goes elsewhere"
    for name, value in node.attributes.items():
        if name.startswith("on") or name in {"style", "srcdoc"}:
            yield f"<{node.tag} {name}>"
        if name in _ADDRESSES and not (value or "/").startswith(_OURS):
            yield f"<{node.tag} {name}> leads elsewhere"
        if name in _ADDRESSES and (value or "").startswith("//"):
            yield f"<{node.tag} {name}> leads to another host"
