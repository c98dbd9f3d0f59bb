-- Scenario files, 1 of 4: values and mistakes. What a field may be given, and on which line it was.
--
-- The four files are called with `core`, the few C functions of src/chaos/reader.c and what these
-- files share, and `words`, the names that a scenario file sees.
local core, words = ...

local SECONDS_MAX = 1000000
local COUNT_MAX = 10000

core.current = { line = 0 } -- the scenario that is read: name, line, signal_ms, second_ms

-- Lua knows the lines of calls, not those of fields: the field is looked for, from the beginning of
-- its scenario on, each name of its path after the one before.
local function line_of(path)
  local from = core.current.line
  for name in path:gmatch("[^\0]+") do
    local word = name:gsub("%W", "%%%0")
    for number = from, #core.text do
      local line = core.text[number]:gsub("^%s*%-%-.*", "")
      if (" " .. line):find("[^%w_]" .. word .. "[\"']?%]?%s*=[^=]") then
        from = number
        break
      end
    end
  end
  return from
end

local function mistake(line, format, ...)
  error(("%s:%d: %s"):format(core.file, line, format:format(...)), 0)
end

local function mistake_at(path, format, ...)
  mistake(line_of(path), format, ...)
end

local function last_of(path)
  return path:match("[^\0]+$")
end

local function names_of(values)
  local names = {}
  for name in pairs(values) do names[#names + 1] = name end
  table.sort(names, function(one, other) return tostring(one) < tostring(other) end)
  return names
end

local function meant(name, values)
  local near = core.nearest(tostring(name), names_of(values))
  if near then return (" - did you mean '%s'?"):format(near) end
  return ": there are " .. table.concat(names_of(values), ", ")
end

local function shown(value)
  if value == nil then return "nothing" end
  if type(value) == "string" then return ("the text %q"):format(value) end
  if type(value) == "table" then return value.word or "a table" end
  if type(value) == "function" then return "a word that needs ( ) behind it" end
  return tostring(value)
end

-- Values: what a field may be given, in words, and how it becomes a number

local function is_number(value, least, most)
  return type(value) == "number" and value >= least and value <= most
end

local function is_whole(value, least, most)
  return is_number(value, least, most) and value % 1 == 0
end

local function milliseconds(seconds)
  return math.floor(seconds * 1000 + 0.5)
end

-- at(5): that long after the start of the container.
function words.at(seconds)
  if not is_number(seconds, 0, SECONDS_MAX) then
    mistake(core.line(), "at: it must be a number of seconds, like at(5) (got %s)", shown(seconds))
  end
  return { word = ("at(%s)"):format(seconds), at_ms = milliseconds(seconds) }
end

-- after_signal(2): that long after the first signal.
function words.after_signal(seconds)
  if not is_number(seconds, 0, SECONDS_MAX) then
    mistake(core.line(), "after_signal: it must be a number of seconds, like after_signal(2) "
      .. "(got %s)", shown(seconds))
  end
  return { word = ("after_signal(%s)"):format(seconds), after_ms = milliseconds(seconds) }
end

-- before_signal(2): that long before the first signal.
function words.before_signal(seconds)
  if not is_number(seconds, 0, SECONDS_MAX) then
    mistake(core.line(), "before_signal: it must be a number of seconds, like before_signal(2) "
      .. "(got %s)", shown(seconds))
  end
  return { word = ("before_signal(%s)"):format(seconds), before_ms = milliseconds(seconds) }
end

words.for_ever = { word = "for_ever" }

-- Drawn values, the same in every run of the file: for several worlds, in a loop around scenarios.

local function check_limits(word, least, most)
  if not (is_number(least, 0, SECONDS_MAX) and is_number(most, 0, SECONDS_MAX)
      and least <= most) then
    mistake(core.line(), "%s: it must be two numbers, the smaller first, like %s(1, 20) "
      .. "(got %s, %s)", word, word, shown(least), shown(most))
  end
end

-- between(1, 20): a whole number; between(1.0, 20.0): also what lies between.
function words.between(least, most)
  check_limits("between", least, most)
  if math.type(least) == "integer" and math.type(most) == "integer" then
    return core.draw(least, most)
  end
  return core.draw(milliseconds(least), milliseconds(most)) / 1000
end

-- one_of(refuses(), hangs(), nil): one of these; nil is as if it was not said.
function words.one_of(...)
  local count = select("#", ...)
  if count == 0 then mistake(core.line(), "one_of: of what? like one_of(refuses(), hangs())") end
  return (select(core.draw(1, count), ...))
end

-- chance(0.2, at(5)): in so many of the worlds; else as if it was not said.
function words.chance(share, value)
  if not is_number(share, 0, 1) then
    mistake(core.line(), "chance: the first must be a number from 0 to 1 (got %s)", shown(share))
  end
  if core.draw(1, 1000) <= share * 1000 then return value end
end

-- Milliseconds since the start of the container.
local function moment_ms(moment)
  return moment.at_ms or core.current.signal_ms + moment.after_ms
end

-- How a moment is counted in the table: from the start, from the first signal, from the second.
local since = {
  start = function() return 0 end,
  signal = function() return core.current.signal_ms end,
  second_signal = function() return core.current.second_ms end,
}

local kinds = {
  seconds = { "a number of seconds, like 2 or 0.5", function(value)
    return is_number(value, 0, SECONDS_MAX) and milliseconds(value)
  end },
  count = { "a whole number from 0 to 10000", function(value)
    return is_whole(value, 0, COUNT_MAX) and value
  end },
  per_second = { "a number from 0 to 10000, so many a second", function(value)
    return is_number(value, 0, COUNT_MAX) and milliseconds(value)
  end },
  code = { "a whole number from 0 to 255", function(value)
    return is_whole(value, 0, 255) and value
  end },
  flag = { "true or false", function(value)
    return type(value) == "boolean" and (value and 1 or 0)
  end },
  moment = { "a moment, like at(5) or after_signal(2)", function(value)
    return type(value) == "table" and (value.at_ms or value.after_ms) and moment_ms(value)
  end },
  earlier = { "a moment before the first signal, like before_signal(2)", function(value)
    return type(value) == "table" and value.before_ms
  end },
  text = { "a text in quotes, of at most 255 bytes", function(value)
    return type(value) == "string" and #value < 256 and value
  end },
  table = { "a table, like { name = value }", function(value)
    return type(value) == "table" and not value.word and value
  end },
  admin = { "one of answers(), refuses(), resets(), hangs(), status(503), garbage(), floods()",
    function(value) return type(value) == "table" and value.admin and value end },
}

local function checked(path, kind, value)
  local meaning, convert = kinds[kind][1], kinds[kind][2]
  local result = convert(value)
  if result then return result end
  mistake_at(path, "%s must be %s (got %s)", last_of(path), meaning, shown(value))
end

-- A moment as the number of the table: `from` names what it is counted from.
local function delay(path, from, value)
  local delay_ms = checked(path, "moment", value) - since[from]()
  if delay_ms >= 1 then return delay_ms end
  mistake_at(path, "%s must come after %s (got %s)", last_of(path),
    from == "start" and "the start" or from == "signal" and "the first signal"
      or "the second signal", shown(value))
end

core.mistake, core.mistake_at, core.line_of = mistake, mistake_at, line_of
core.names_of, core.meant, core.shown = names_of, meant, shown
core.is_number, core.is_whole, core.milliseconds = is_number, is_whole, milliseconds
core.checked, core.delay, core.kinds = checked, delay, kinds
