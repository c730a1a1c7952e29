"""LanguageTool's HTTP API (`/v2`), so that editors which speak to "another LanguageTool server" underline our findings.

form         parameters out of a query and an urlencoded body; the API key in them
annotation   the `data` parameter: text with markup in it
languages    which language codes are known
rules        our rules in its terms
wanted       the parameters of one check, understood
answer       from job to reply
routes       the paths, in the front process
"""

from api.languagetool.answer import check, render
from api.languagetool.form import api_key
from api.languagetool.routes import router

__all__ = ["api_key", "check", "render", "router"]
