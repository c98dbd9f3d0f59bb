-- HTTP and JSON. Addresses: "http://127.0.0.1:9901/ready", "unix:/run/admin.sock:/ready".
local core, api = ...
local check = core.check

local HEADERS_MAX = 16 -- as in module_request.c

local function exchange(call, method, address, options)
  check.value(call, "the address", "text", address)
  options = check.options(call, options)
  local headers = {}
  for name, value in api.pairs(options.headers or {}) do
    headers[#headers + 1] = ("%s: %s"):format(name, value)
  end
  if #headers > HEADERS_MAX then
    core.mistake(("%s: at most %d headers"):format(call, HEADERS_MAX))
  end
  local status, body = core.http(method, address, options.timeout or 2, options.body, headers)
  if not status then return nil, body end
  if status < 200 or status > 299 then return nil, "status", status end
  return { status = status, body = body }
end

-- http.get(address, { timeout = 2, headers = { NAME = "value" }, body = "..." })
-- -> { status =, body = } for a status 2xx; nil, "timeout" / "refused" / "reset" / "unknown" /
-- "no time left"; nil, "status", status. The body is at most 512 KB. No redirects. It waits.
-- http.post: the same with POST.
api.http = core.frozen({
  get = function(address, options) return exchange("http.get", "GET", address, options) end,
  post = function(address, options) return exchange("http.post", "POST", address, options) end,
}, "function http")

-- json(text) -> value; nil, why.
function api.json(text)
  return core.json(check.value("json", "the text", "text", text))
end
