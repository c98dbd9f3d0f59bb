-- Service names that a policy writes out, as in stop("router"): a slip is found at the start, not
-- at the shutdown. Names that it computes are checked when they are used. The text has compiled.
local core, api = ...

-- Primitives whose first argument is a service.
local about_services = {
  drain = true, wait_idle = true, in_flight = true, stop = true, wait_exit = true, signal = true,
  alive = true, pid = true,
}
local about_drivers = { drain = true, wait_idle = true, in_flight = true }

-- What is in the quoted text that begins at `at`, and the place after it.
local function quoted(text, at)
  local quote, place = text:sub(at, at), at + 1
  while true do
    local found = text:find("[\\" .. quote .. "]", place)
    if text:sub(found, found) == quote then return text:sub(at + 1, found - 1), found + 1 end
    place = found + 2
  end
end

-- What begins at `at` ("blank", "text", "word" or "sign"), itself, and the place after it.
local function read_token(text, at)
  local dashes, level = text:match("^(%-?%-?)%[(=*)%[", at)
  if level and dashes ~= "-" then
    local _, last = text:find("]" .. level .. "]", at, true)
    return dashes == "--" and "blank" or "sign", "[[", last + 1
  end
  local blank = text:match("^%-%-[^\n]*()", at) or text:match("^%s+()", at)
  if blank then return "blank", "", blank end
  if text:find("^[\"']", at) then return "text", quoted(text, at) end
  local word, after = text:match("^([%w_]+)()", at)
  if word then return "word", word, after end
  return "sign", text:sub(at, at), at + 1
end

local nothing = { kind = "sign", value = "" }

local function tokens_of(text)
  local tokens, at = {}, 1
  while at <= #text do
    local kind, value, after = read_token(text, at)
    if kind ~= "blank" then
      tokens[#tokens + 1] = { kind = kind, value = value, at = at, after = after }
    end
    at = after
  end
  return setmetatable(tokens, { __index = function() return nothing end })
end

-- Names that the policy gives to something of its own.
local function own_names(tokens)
  local own = {}
  for index, token in ipairs(tokens) do
    local before = tokens[index - 1].value
    if before == "function" or before == "local" then own[token.value] = true end
  end
  return own
end

-- The function that is called with the token at `index` as its first argument; nil: none.
local function called_with(tokens, index)
  local before = tokens[index - 1]
  local place = before.kind == "sign" and before.value == "(" and index - 2 or index - 1
  local receiver = tokens[place - 1].value
  if tokens[place].kind == "word" and receiver ~= "." and receiver ~= ":" then
    return tokens[place].value
  end
end

-- What is wrong with this name; nil: nothing.
local function problem_of(call, name)
  local service = core.services[name]
  if about_drivers[call] and service and not service.driver then
    return core.no_driver(call, name)
  end
  if not about_services[call] or service then return nil end
  local near = core.nearest(name, api.processes())
  return ("%s: unknown service '%s'%s"):format(call, name,
    near and (" - did you mean '%s'?"):format(near) or
    "; services.lua has: " .. table.concat(api.processes(), ", "))
end

function core.check_service_names(file, text)
  local tokens = tokens_of(text)
  local own = own_names(tokens)
  for index, token in ipairs(tokens) do
    local call = token.kind == "text" and called_with(tokens, index)
    local whole = not token.value:find("\\", 1, true) and not text:find("^%s*%.%.", token.after)
    local problem = call and whole and not own[call] and problem_of(call, token.value)
    if problem then
      local _, line = text:sub(1, token.at):gsub("\n", "")
      error(("%s:%d: %s"):format(file, line + 1, problem), 0)
    end
  end
end

function core.no_driver(call, name)
  return ("%s: services.lua does not say how '%s' drains: add drain = envoy { ... }"):format(
    call, name)
end
