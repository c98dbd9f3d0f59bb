-- What Lua's messages about a failure mean: functions of a message that give { words, name of what
-- is marked in the line or nil, advice or nil }.
local core = ...
local failures = core.explain.failures

local values = {
  ["nil"] = "has no value here (nil)", boolean = "is true or false", string = "is a text",
  number = "is a number", table = "is a table", ["function"] = "is a function",
}

-- "attempt to call a nil value (local 'x')": the verb, the type, the kind of name and the name.
local function about_value(message, verb)
  local kind, rest = message:match("^attempt to " .. verb .. " a (%l+) value(.*)$")
  if not kind then return nil end
  local origin, name = rest:match("^ %(([%l ]+) '(.*)'%)$")
  local shown = name and (origin == "field" and "the field '%s'" or
    origin == "method" and "the function '%s'" or "'%s'"):format(name) or "a value"
  if origin == "for iterator" then return kind, origin end
  local in_advice = origin == "field" and "x." .. name or name or "x"
  return kind, shown .. " " .. (values[kind] or "is a " .. kind), name, in_advice
end

local function calls(message)
  local _, what, name = about_value(message, "call")
  if not what then return nil end
  if what == "for iterator" then
    return { "'for ... in' does not go through this itself", "in",
      "Write: for _, value in ipairs(list) do, or for name, value in pairs(values) do" }
  end
  return { what .. ", so it cannot be called", name,
    "Only a function can be called with ( ): is the name right, and is it set before this line?" }
end

local function fields(message)
  local kind, what, name, x = about_value(message, "index")
  if not what then return nil end
  return { what .. ", so it has no fields", name, kind == "nil"
    and ("What fails gives nil and a reason: test it first, if %s then ... end"):format(x)
    or nil }
end

local function joins(message)
  local kind, what, name, x = about_value(message, "concatenate")
  if not what then return nil end
  return { what .. ", and .. joins only texts and numbers", name, kind == "nil"
    and ("Write: (%s or \"unknown\"), or tostring(%s)"):format(x, x)
    or ("Write: tostring(%s)"):format(x) }
end

local function sums(message)
  local kind, what, name, x = about_value(message, "perform arithmetic on")
  if not what then return nil end
  return { what .. ", and only numbers can be calculated with", name, kind == "string"
    and ("Texts are joined with .. and tonumber(%s) makes a number of one"):format(x)
    or ("Write: (%s or 0); env_seconds(\"NAME\", 5) gives a number, env a text"):format(x) }
end

local function sums_of_texts(message)
  local one, other = message:match("^attempt to %l+ a '(%l+)' with a '(%l+)'$")
  if one ~= "string" and other ~= "string" then return nil end
  return { "only numbers can be calculated with, and one of these is a text", nil,
    "Texts are joined with .. and tonumber(x) makes a number of one" }
end

local function assertions(message)
  return message == "assertion failed!" and { "what 'assert' was given is false or nil", "assert" }
end

local function lengths(message)
  local _, what, name = about_value(message, "get length of")
  return what and { what .. ", and # is the length of a text or a list", name }
end

local function comparisons(message)
  local one, other = message:match("^attempt to compare (%l+) with (%l+)$")
  local both = message:match("^attempt to compare two (%l+) values$")
  if not one and not both then return nil end
  if one == "nil" or other == "nil" or both == "nil" then
    return { "one of the two that are compared has no value (nil)", nil,
      "What fails gives nil and a reason: test it first, if x and x > 0 then ... end" }
  end
  if one == "string" or other == "string" then
    return { "a text is compared with a number", nil, "tonumber(x) makes a number of a text" }
  end
  return { "only two numbers, or two texts, can be compared with < and >" }
end

local function arguments(message)
  local place, call, wanted, got = message:match(
    "^bad argument #(%d+) to '(.-)' %((%l+) expected,? ?g?o?t? ?(.-)%)$")
  if not place then return nil end
  if call == "for iterator" then
    return { "the list that 'for' is to go through has no value (nil)", "in",
      "What fails gives nil and a reason: test it first, if x then ... end" }
  end
  got = (got == "" or got == "nil" or got == "no value") and "nothing (nil)"
    or got == "string" and "a text" or "a " .. got
  return { ("'%s' was given %s where it takes a %s (its argument %s)"):format(call, got,
    wanted == "string" and "text" or wanted, place), call }
end

local function loops(message)
  local which = message:match("^'for' (%l+) %l*%s*must be a number$")
    or message:match("^bad 'for' (%l+)[ %l]* %(number expected")
  return which and { ("the %s of 'for' must be a number"):format(
    which == "initial" and "first value" or which == "step" and "step" or "last value"), "for",
    "A list is gone through with: for _, name in ipairs(list) do ... end" }
end

local function depths(message)
  return message:find("^stack overflow") and {
    "a function calls itself again and again without an end" } or nil
end

for _, rule in ipairs({ calls, fields, joins, sums, sums_of_texts, lengths, comparisons, arguments,
  loops, assertions, depths }) do
  failures[#failures + 1] = rule
end
