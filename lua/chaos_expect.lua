-- Scenario files, 3 of 4: expectations. Each becomes { expectation = kind, line, number, what,
-- text, services }, as struct expectation of src/chaos/scenario.h has it.
local core, words = ...
local mistake, meant, shown = core.mistake, core.meant, core.shown

-- What the timeline of a shutdown calls its steps.
local steps = {}
for _, name in ipairs({
  "shutdown", "hurry", "verdict", "started", "ready", "serving", "drain", "waiting",
  "watching", "idle", "not idle", "TERM", "INT", "QUIT", "HUP", "USR1", "USR2", "KILL", "exited",
  "log", "warning", "shortened", "closing",
}) do
  steps[name] = true
end

local function expectation(kind, line, fields)
  fields.expectation, fields.line, fields.word = kind, line, kind
  return fields
end

local function text_of(word, line, what, value)
  if type(value) == "string" and #value > 0 and #value < 64 then return value end
  mistake(line, "%s: %s must be a text in quotes (got %s)", word, what, shown(value))
end

local function seconds_of(word, line, value)
  if core.is_number(value, 0, 1000000) then return core.milliseconds(value) end
  mistake(line, "%s: it must be a number of seconds, like 30 (got %s)", word, shown(value))
end

-- finished_within(30): everything was over so long after the first signal.
for _, word in ipairs({ "finished_within", "finished_not_before" }) do
  words[word] = function(seconds)
    local line = core.line()
    return expectation(word, line, { number = seconds_of(word, line, seconds) })
  end
end

-- stopped_within("router", 3): so soon after the first signal it was asked to exit.
for _, word in ipairs({ "stopped_within", "stopped_not_before" }) do
  words[word] = function(service, seconds)
    local line = core.line()
    return expectation(word, line, {
      services = { text_of(word, line, "the service", service) },
      number = seconds_of(word, line, seconds),
    })
  end
end

-- stop_order("router", "policy-engine"): each was gone before the next was asked to exit.
function words.stop_order(...)
  local line, services = core.line(), { ... }
  for index = 1, select("#", ...) do
    text_of("stop_order", line, "each service", services[index])
  end
  if #services < 2 or #services > core.limits.services then
    mistake(line, "stop_order: name at least two services, at most %d", core.limits.services)
  end
  return expectation("stop_order", line, { services = services })
end

-- happened("KILL", "router"): a step of the timeline. never("KILL"): of nobody. The third may be a
-- part of what the step says.
for _, word in ipairs({ "happened", "never" }) do
  words[word] = function(what, service, text)
    local line = core.line()
    text_of(word, line, "the step", what)
    if not steps[what] then
      mistake(line, "%s: unknown step '%s'%s", word, what, meant(what, steps))
    end
    return expectation(word, line, {
      what = what,
      services = { service ~= nil and text_of(word, line, "the service", service) or nil },
      text = text ~= nil and text_of(word, line, "the text", text) or nil,
    })
  end
end

-- exit_code_is(75)
function words.exit_code_is(code)
  local line = core.line()
  if not core.is_whole(code, 0, 255) then
    mistake(line, "exit_code_is: it must be a whole number from 0 to 255 (got %s)", shown(code))
  end
  return expectation("exit_code_is", line, { number = code })
end

-- cut_at_most(0): requests in flight that ended with their service; and so on.
for _, word in ipairs({ "cut_at_most", "refused_at_most", "failed_at_most", "blind_at_most",
    "work_cut_at_most" }) do
  words[word] = function(count)
    local line = core.line()
    if not core.is_whole(count, 0, 1000000) then
      mistake(line, "%s: it must be a whole number (got %s)", word, shown(count))
    end
    return expectation(word, line, { number = count })
  end
end

-- breaks("order-kept"): this one of the invariants must not hold.
function words.breaks(name)
  local line = core.line()
  text_of("breaks", line, "the invariant", name)
  if not core.invariants[name] then
    mistake(line, "breaks: unknown invariant '%s'%s", name, meant(name, core.invariants))
  end
  return expectation("breaks", line, { what = name })
end
