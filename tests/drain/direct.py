"""A path that Envoy answers alone: the policy engine, which is Python here, errs above some 1,000
requests a second."""

from echo import add_after
from replica import Kind

PATH = "/direct"
FILTERS = "type.googleapis.com/envoy.extensions.filters.http"
ROUTE = f"""
                        - match: {{ path: "{PATH}" }}
                          direct_response: {{ status: 200, body: {{ inline_string: "served\\n" }} }}
                          typed_per_filter_config:
                            envoy.filters.http.ext_proc:
                              "@type": {FILTERS}.ext_proc.v3.ExtProcPerRoute
                              disabled: true"""


class GatewayWithDirectPath(Kind):
    def configuration(self):
        return add_after(super().configuration(), "routes:", ROUTE)
