-- What a policy writes out is checked before it runs: names, and in calls of primitives the
-- services, options and values, as in stop("router", { timeout = 5 }). A slip is found at the
-- start, not at the shutdown. What a policy computes is checked when it is used.
local core, api = ...
local check = core.check

local REPORTED_MAX = 100 -- of one file

-- What the primitives take: a list of { name in messages, kind }, kinds as in check.lua; the
-- kind "service", "options" (those of core.options) and "functions" (one or more).
local service, options = { "the service", "service" }, { "what follows", "options" }
local signatures = {
  drain = { service, options }, wait_idle = { service, options }, in_flight = { service },
  fail_ready = { service, options }, connections = { service },
  stop = { service, options }, wait_exit = { service, options }, alive = { service },
  pid = { service }, signal = { service, { "the signal", "text" } },
  sleep = { { "the time", "seconds" } }, exit_code = { { "the code", "number" } },
  run = { { "the command", "list" }, options }, json = { { "the text", "text" } },
  write_file = { { "the path", "text" }, { "the content", "text" } },
  with_timeout = { { "the time", "seconds" }, { "argument 1", "function" } },
  retry = { options, { "argument 1", "function" } },
  parallel = { { "argument", "functions" } }, race = { { "argument", "functions" } },
  env = { { "the name", "text" } },
  env_seconds = { { "the name", "text" }, { "the default", "seconds" } },
  env_flag = { { "the name", "text" }, { "the default", "flag" } },
  ["http.get"] = { { "the address", "text" }, options },
  ["http.post"] = { { "the address", "text" }, options },
}
local about_drivers = {
  drain = true, wait_idle = true, in_flight = true, fail_ready = true, connections = true,
}

-- Names which the policy gives to something of its own, by local, function or for.
local function own_names(tokens)
  local own = {}
  for index, token in ipairs(tokens) do
    local keyword = token.kind == "word" and token.value
    if keyword == "local" or keyword == "for" or keyword == "function" then
      local place = index + 1
      local opened = false
      while tokens[place] do
        local kind, value = tokens[place].kind, tokens[place].value
        if kind == "word" and value ~= "function" then
          own[value] = true
          local after = tokens[place + 1] and tokens[place + 1].value
          if after ~= "," and after ~= "(" and after ~= "." and after ~= ":" then break end
        elseif value == "(" and not opened then
          opened = true
        elseif value ~= "," and value ~= "." and value ~= ":" and value ~= "function" then
          break
        end
        place = place + 1
      end
    end
  end
  return own
end

local closing = { ["("] = ")", ["{"] = "}", ["["] = "]" }
local ending = { ["function"] = true, ["if"] = true, ["do"] = true, ["repeat"] = true }

-- The index of the token that closes what the one at `index` opens. The text has compiled.
local function close_of(tokens, index)
  local depth = 0
  while tokens[index] do
    local kind, value = tokens[index].kind, tokens[index].value
    if (kind == "sign" and closing[value]) or (kind == "word" and ending[value]) then
      depth = depth + 1
    elseif (kind == "sign" and (value == ")" or value == "}" or value == "]"))
      or (kind == "word" and (value == "end" or value == "until")) then
      depth = depth - 1
      if depth == 0 then return index end
    end
    index = index + 1
  end
  return #tokens
end

-- The parts between `first` and `last`, which are separated by commas: { first =, last = }, ...
local function parts_of(tokens, first, last)
  local parts, index, begun = {}, first, first
  while index <= last do
    local kind, value = tokens[index].kind, tokens[index].value
    if kind == "sign" and (value == "," or value == ";") then
      parts[#parts + 1] = { first = begun, last = index - 1 }
      begun = index + 1
    elseif (kind == "sign" and closing[value]) or (kind == "word" and ending[value]) then
      index = close_of(tokens, index)
    end
    index = index + 1
  end
  if begun <= last then parts[#parts + 1] = { first = begun, last = last } end
  return parts
end

-- The value that a part writes out: true and the value, or false when it is computed.
local function literal(tokens, part)
  local token, single = tokens[part.first], part.first == part.last
  if token.kind == "text" then return single and not token.value:find("\\"), token.value end
  if token.kind == "number" then return single, tonumber(token.value) end
  if token.value == "-" and part.last == part.first + 1 then
    return tokens[part.last].kind == "number", -(tonumber(tokens[part.last].value) or 0)
  end
  if token.kind == "word" then
    if token.value == "true" or token.value == "false" then
      return single, token.value == "true"
    end
    return token.value == "function" and close_of(tokens, part.first) == part.last, print
  end
  if token.value == "{" and close_of(tokens, part.first) == part.last then
    local filled = part.last > part.first + 1
    local named = filled and tokens[part.first + 2].value == "="
    return not filled or not named, filled and { 1 } or {}
  end
  return false
end

-- A call of a primitive at `index`: its name, and its arguments as parts; nil: it is none.
local function call_at(tokens, index, own)
  local token, before, after = tokens[index], tokens[index - 1], tokens[index + 1]
  local name = token.value
  if token.kind ~= "word" or own[name] or not after then return nil end
  local receiver = before and (before.value == "." or before.value == ":") and before.kind == "sign"
  if receiver then
    name = tokens[index - 2] and tokens[index - 2].value .. "." .. name
    if own.http or before.value == ":" then return nil end
  end
  if not signatures[name] then return nil end
  if before and before.value == "function" then return nil end
  if after.kind == "sign" and after.value == "(" then
    return name, parts_of(tokens, index + 2, close_of(tokens, index + 1) - 1)
  elseif after.kind == "text" then
    return name, { { first = index + 1, last = index + 1 } }
  elseif after.kind == "sign" and after.value == "{" then
    return name, { { first = index + 1, last = close_of(tokens, index + 1) } }
  end
end

local function report(place, token, message, advice)
  place.found = place.found + 1
  if place.found > REPORTED_MAX then return end
  core.report({
    file = place.file, line = token.line, column = core.column_of(place.text, token.at),
    length = token.after - token.at, message = message, advice = advice,
  })
end

local function check_service(place, call, token, name)
  if not place.services then return end
  local known = core.services[name]
  if not known then
    local near = core.nearest(name, api.processes())
    report(place, token, ("%s: unknown service '%s'%s"):format(call, name,
      near and (" - did you mean '%s'?"):format(near) or
      "; services.lua has: " .. table.concat(api.processes(), ", ")))
  elseif about_drivers[call] and not known.driver then
    report(place, token, core.no_driver(call, name))
  end
end

-- Both times must be written out: { value =, token = } each; the value is false where it is not.
local function check_unready(place, written)
  local after, timeout = written.fail_ready_after, written.timeout
  if not (after and after.value) or (timeout and not timeout.value) then return end
  local problem, advice = check.unready_problem({
    fail_ready_after = after.value, timeout = timeout and timeout.value,
  })
  if problem then report(place, after.token, problem, advice) end
end

-- { name = value, ... } as the options of a call.
local function check_options(place, call, part)
  local tokens, known = place.tokens, core.options[call]
  if tokens[part.first].value ~= "{" or tokens[part.first].kind ~= "sign"
    or close_of(tokens, part.first) ~= part.last then
    local is, value = literal(tokens, part)
    local problem = is and check.problem(call, "what follows", "table", value)
    if problem then report(place, tokens[part.first], problem) end
    return
  end
  local written = {}
  for _, field in ipairs(parts_of(tokens, part.first + 1, part.last - 1)) do
    local name, equals = tokens[field.first], tokens[field.first + 1]
    if name.kind == "word" and equals and equals.value == "=" and field.first + 2 <= field.last then
      local kind = known[name.value]
      local is, value = literal(tokens, { first = field.first + 2, last = field.last })
      local problem = kind and is and check.problem(call, name.value, kind, value)
      if not kind then
        report(place, name, core.unknown_text("option of " .. call, name.value, known))
      elseif problem then
        report(place, tokens[field.first + 2], problem)
      else
        written[name.value] = { value = is and value, token = tokens[field.first + 2] }
      end
    end
  end
  if call == "wait_idle" then check_unready(place, written) end
end

-- parallel(stop("a"), stop("b")) runs them before parallel is called.
local function check_function(place, call, part, index, own)
  local first = place.tokens[part.first]
  local is, value = literal(place.tokens, part)
  local called = call_at(place.tokens, part.first, own)
  if called and called:find(".", 1, true) == nil and
    place.tokens[part.first + 1].value == "(" then
    report(place, first, ("%s: argument %d calls %s at once instead of handing it over"):format(
      call, index, called), ("Write: function() %s(...) end"):format(called))
  elseif is then
    local problem = check.problem(call, "argument " .. index, "function", value)
    if problem then report(place, first, problem) end
  end
end

local function check_argument(place, call, shape, part, index, own)
  local name, kind = shape[1], shape[2]
  local first = place.tokens[part.first]
  if kind == "options" then return check_options(place, call, part) end
  if kind == "functions" or kind == "function" then
    return check_function(place, call, part, kind == "function" and 1 or index, own)
  end
  local is, value = literal(place.tokens, part)
  if not is then return end
  local problem = check.problem(call, name, kind == "service" and "text" or kind, value)
  if problem then
    report(place, first, problem)
  elseif kind == "service" then
    check_service(place, call, first, value)
  end
end

-- "waited " + seconds: a text that is no number, added to something.
local function check_sum(place, index)
  local token, before, after = place.tokens[index], place.tokens[index - 1], place.tokens[index + 1]
  if token.kind ~= "text" or tonumber(token.value) or not before then return end
  local added = before.kind == "sign" and before.value == "+"
  local alone = before.kind == "sign" and before.value:find("^[=(,{+]$")
  local sign = added and before or after
  if sign == place.sum then return end
  if added or (alone and after and after.kind == "sign" and after.value == "+") then
    place.sum = sign
    report(place, sign, "a text cannot be added: texts are joined with ..")
  end
end

-- Services that the policy neither names nor takes from processes().
local function remark_unnamed(place)
  local named = {}
  for _, token in ipairs(place.tokens) do
    if token.value == "processes" then return end
    if token.kind == "text" then named[token.value] = true end
  end
  for _, one in ipairs(core.services) do
    if not named[one.name] and one.options.when ~= false then
      core.report({ file = place.file, remark = true,
        message = ("'%s' is not mentioned: lastcall stops it when the policy has ended"):format(
          one.name) })
    end
  end
end

-- core.check_calls(file, text, whether services.lua was read, how many mistakes were found before)
-- -> how many more were reported
function core.check_calls(file, text, services, found)
  local plain = core.plain_text(text)
  local place = { file = file, text = plain, tokens = core.tokens(plain), services = services,
    found = 0 }
  local own = own_names(place.tokens)
  for index in ipairs(place.tokens) do
    check_sum(place, index)
    local call, parts = call_at(place.tokens, index, own)
    for number, part in ipairs(parts or {}) do
      local shapes = signatures[call]
      local shape = shapes[number]
        or (shapes[#shapes][2] == "functions" and shapes[#shapes]) or nil
      if shape and part.first <= part.last then
        check_argument(place, call, shape, part, number, own)
      end
    end
  end
  if core.checking and #place.tokens == 0 then
    core.report({ file = file, remark = true,
      message = "there is nothing in it: lastcall stops all services by itself" })
  elseif core.checking and services and found + place.found == 0 then
    remark_unnamed(place)
  end
  return place.found
end

function core.no_driver(call, name)
  return ("%s: services.lua does not say how '%s' drains: add drain = envoy { ... }"):format(
    call, name)
end

-- The service whose name this word is a part of in the line, as `policy` in stop(policy-engine).
local function service_in(line, word)
  for _, one in ipairs(core.services) do
    local first, last = line:find(one.name, 1, true)
    local at, till = line:find(word, first, true)
    if first and at and till <= last then return one.name end
  end
end

-- What is wrong with a global name, and what to write: core.name_problem("slep", names, line, set)
function core.name_problem(word, names, line, assigned)
  if assigned then
    return ("'%s' would be global and globals are frozen: write local %s = ..."):format(word, word)
  end
  local hint = core.hints[word]
  if hint then return ("'%s' does not exist here: %s"):format(word, hint) end
  local quoted = service_in(line, word)
  if quoted then
    local call = line:match("%f[%w_]" .. word .. "[.:](%w+)%s*%(")
    return ("unknown name '%s': names of services are texts, in quotes"):format(word),
      (call and api[call] and "Write: " .. call .. "(\"%s\")" or "Write: \"%s\""):format(quoted)
  end
  local elsewhere = names == api and core.services_api[word] and "services.lua"
    or names == core.services_api and api[word] and "shutdown.lua"
  if elsewhere then
    return ("unknown name '%s': it is for %s"):format(word, elsewhere),
      elsewhere == "services.lua" and "To check that file: lastcall check --services FILE" or nil
  end
  return core.unknown_text("name", word, names)
end
