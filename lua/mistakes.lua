-- Why a text does not compile: blocks, brackets and words that are forgotten or belong to another
-- language. A rule looks at the place where Lua stopped (the context of explain.lua) and gives a
-- finding, or nil; the list at the end is in the order in which they are asked.
local core, api = ...
local explain = core.explain
local at, on, behind, fixed, shown = explain.at, explain.on, explain.behind,
  explain.fixed, explain.shown
local eof = explain.eof
local set_of, keywords, keyword_list, is_name, is_sign, ends_value, begins_value =
  explain.set_of, explain.keywords, explain.keyword_list, explain.is_name,
  explain.is_sign, explain.ends_value, explain.begins_value

-- = and : -----------------------------------------------------------------------------------------

-- The innermost if, elseif or while whose condition is not over.
local function condition_of(c)
  for place = #c.open, 1, -1 do
    local one = c.open[place]
    if one.waits and one.kind ~= "for" then return one end
    if not one.waits and one.kind ~= "(" then return nil end
  end
end

local function equality(c)
  local until_before = false
  for index = c.index - 1, 1, -1 do
    local token = c.tokens[index]
    if token.line ~= c.near.line then break end
    if token.kind == "word" and (token.value == "until" or token.value == "return") then
      until_before = true
    end
  end
  if is_sign(c.near, "=") and (condition_of(c) or until_before) then
    return on(c, c.near, "= sets a value; two values are compared with ==",
      fixed(c, c.near.at, 1, "=="))
  end
  if is_sign(c.near, "==") and is_name(c.previous) and not condition_of(c) then
    return on(c, c.near, "== compares two values; a value is set with =",
      fixed(c, c.near.at, 2, "="))
  end
end

-- stop("router", timeout = 5)
local function named_argument(c)
  if not (is_sign(c.near, "=") or is_sign(c.near, ":")) then return nil end
  if not is_name(c.previous) then return nil end
  if not (c.inner and c.inner.kind == "(") then return nil end
  local start = c.previous.at
  local rest = c.text:match("^([^\n()]*)%)", c.near.after)
  return on(c, c.previous, "what has a name is put between { and }", rest
    and fixed(c, start, c.near.after + #rest - start,
      ("{ %s =%s }"):format(c.previous.value, rest)))
end

local function table_key(c)
  if not (c.inner and c.inner.kind == "{") then return nil end
  local message = "in a table a name and its value are joined with ="
  if is_sign(c.near, ":") then
    if c.previous.kind == "text" then
      return on(c, c.near, message .. ", and the name has no quotes", fixed(c, c.previous.at,
        c.near.after - c.previous.at, c.previous.value .. " ="))
    end
    return on(c, c.near, message, fixed(c, c.near.at, 1, " ="))
  end
  if is_sign(c.previous, ":") and is_name(c.before) then
    return on(c, c.previous, message .. ", not with :", fixed(c, c.previous.at, 1, " ="))
  end
  if is_sign(c.near, "=") and c.previous.kind == "text" then
    return on(c, c.previous, "the name of a value in a table has no quotes",
      fixed(c, c.previous.at, c.previous.after - c.previous.at, c.previous.value))
  end
end

-- Blocks ----------------------------------------------------------------------------------------

local block_words = set_of("if", "elseif", "else", "for", "while", "function", "do")
local waits = { ["if"] = "then", ["elseif"] = "then", ["for"] = "do", ["while"] = "do" }

-- The line with the sign that begins a block made Lua's own, and what is behind it left out.
local function block_fixed(c, sign, block)
  local rest = c.text:match("^[^\n]*", sign.at)
  local word = waits[block] and " " .. waits[block] or ""
  local blanks = #c.text:sub(1, sign.at - 1):match("[ \t]*$")
  local advice = fixed(c, sign.at - blanks, #rest + blanks, word)
  advice = advice and advice:gsub("^Write: function %f[%a]", "Write: local function ")
  return advice and advice .. " ... end"
end

local function braces(c)
  local message = "a block is not between { and } here: it ends with 'end'"
  local block, brace
  if is_sign(c.near, "{") and (is_sign(c.previous, ")") or c.previous.kind == "word") then
    brace = c.near
    local inner = c.inner and c.inner.kind
    block = c.previous.value == "else" and "else" or inner
  end
  for place = #c.open, 1, -1 do
    local one = c.open[place]
    if not brace and one.waits then
      for index = one.index + 1, c.index - 1 do
        local token, before = c.tokens[index], c.tokens[index - 1]
        if is_sign(token, "{") and (is_sign(before, ")") or is_name(before)) then
          brace, block = token, one.kind
          break
        end
      end
    end
  end
  if brace then return on(c, brace, message, block_fixed(c, brace, block)) end
  if is_sign(c.near, "}") and not (c.inner and c.inner.kind == "{") then
    return on(c, c.near, "there is no { to which this } belongs" ..
      (c.near.first and ": a block ends with 'end'" or ""), fixed(c, c.near.at, 1,
      c.near.first and "end" or ""))
  end
end

-- if x: at the end of a line, as in Python.
local function colon(c)
  for index = c.index, math.max(c.index - 6, 1), -1 do
    local token, next_token = c.tokens[index], c.tokens[index + 1]
    if token and is_sign(token, ":") and (not next_token or next_token.line > token.line) then
      local word
      for before = index - 1, 1, -1 do
        local one = c.tokens[before]
        if one.line ~= token.line then break end
        if block_words[one.value] then word = one.value end
      end
      if word then
        return on(c, token, "a block does not begin with : here, and it ends with 'end'",
          block_fixed(c, token, word))
      end
    end
  end
end

local function then_or_do(c)
  local wanted = c.message:match("^'(then)' expected") or c.message:match("^'(do)' expected")
  local open = c.inner
  if not wanted or not open or not open.waits then return nil end
  local word = open.kind
  for index = c.index - 1, open.index, -1 do
    if c.tokens[index].value == "elseif" then
      word = "elseif"
      break
    end
  end
  local other = wanted == "then" and "do" or "then"
  if is_name(c.near) and core.nearest(c.near.value, { wanted }) then
    return on(c, c.near, ("unknown word '%s' - did you mean '%s'?"):format(c.near.value, wanted),
      fixed(c, c.near.at, #c.near.value, wanted))
  end
  if c.near.value == other and c.near.kind == "word" then
    return on(c, c.near, ("after '%s' comes '%s', not '%s'"):format(word, wanted, other),
      fixed(c, c.near.at, #other, wanted))
  end
  if is_sign(c.near, ";") then
    return on(c, c.near, ("there is no ; before '%s'"):format(wanted),
      fixed(c, c.near.at, 1, ""))
  end
  if c.near.line == c.previous.line and c.near.kind == "sign" then return nil end
  local finding = behind(c, c.previous, ("'%s' is missing after the condition of '%s'"):format(
    wanted, word), fixed(c, c.previous.after, 0, " " .. wanted))
  if word == "for" then finding.message = "'do' is missing after 'for ... in ...'" end
  if c.near.line and c.near.line > finding.line then finding.other_line = c.near.line end
  return finding
end

local function for_loop(c)
  local open = c.inner
  local loop = c.open[#c.open - (open and open.kind == "(" and 1 or 0)]
  local found = open and open.kind == "for" and open.index >= c.index - 2 and open
  if not found and is_sign(c.near, "(") and c.previous.value == "for" then found = c.inner end
  if not found and loop and loop.kind == "for" and loop.waits and open.kind == "(" then
    found = loop
  end
  if not found or not found.waits then return nil end
  if c.message:find("^'=' or 'in' expected") or c.message:find("^<name> expected") then
    return on(c, found.token, "this is not how a loop is written here",
      "Write: for _, name in ipairs(list) do ... end, or: for number = 1, 3 do ... end")
  end
end

-- An "else if" in two words within what is open.
local function has_else_if(c)
  for index = c.open[1] and c.open[1].index + 1 or c.index, c.index - 1 do
    local token, before = c.tokens[index], c.tokens[index - 1]
    if token.kind == "word" and token.value == "if" and before.value == "else"
      and before.line == token.line then
      return token, before
    end
  end
end

local function missing_end(c)
  if not c.message:find("^'end' expected") then return nil end
  local second, first = has_else_if(c)
  if second then
    return at(c, first.at, second.after - first.at,
      "'else if' in two words begins a second 'if', which needs an 'end' of its own",
      fixed(c, first.at, second.after - first.at, "elseif"))
  end
  for place = #c.open, 1, -1 do
    local open = c.suspect or c.open[place]
    if block_words[open.kind] then
      local finding = on(c, open.token, ("the '%s' that begins here has no 'end'"):format(
        open.kind), "Every if, for, while and function has an 'end' of its own.")
      if c.near.line and c.near.line > finding.line then finding.other_line = c.near.line end
      return finding
    end
  end
end

local function surplus_end(c)
  if not c.message:find("^'?<eof>'? expected near 'end'") then return nil end
  for index = 1, c.index - 2 do
    local one, other = c.tokens[index], c.tokens[index + 1]
    local near = is_name(one) and is_name(other) and one.line == other.line
      and core.nearest(one.value, keyword_list)
    if near then
      return on(c, one, ("unknown word '%s' - did you mean '%s'?"):format(one.value, near),
        fixed(c, one.at, #one.value, near))
    end
  end
  return on(c, c.near, "there is nothing left that this 'end' could end",
    "There is one 'end' too many, here or before.")
end

-- Words -----------------------------------------------------------------------------------------

local foreign_words = {
  var = "local", let = "local", const = "local", auto = "local", my = "local", int = "local",
  string = "local", float = "local", double = "local", bool = "local", dim = "local",
  set = "local", export = "local", final = "local", char = "local",
  def = "local function", func = "local function", fn = "local function",
  fun = "local function", proc = "local function", sub = "local function",
  elif = "elseif", elsif = "elseif", elseIf = "elseif", ["try"] = "pcall(...)",
  ["switch"] = "if ... elseif ... else ... end", ["case"] = "if ... elseif ... else ... end",
  unless = "if not ... then", foreach = "for _, name in ipairs(list) do", import = "nothing",
  from = "nothing", include = "nothing", require = "nothing", fi = "end", done = "end",
  esac = "end", endif = "end", begin = "do", ["exit"] = "return", ["throw"] = "error(...)",
  ["raise"] = "error(...)", ["continue"] = "if not ... then ... end around the rest of the loop",
  pass = "nothing",
}

local function foreign_word(c)
  local token = c.previous
  local native = is_name(token) and foreign_words[token.value]
  if not native or is_sign(c.before, ".") or is_sign(c.near, ".") then return nil end
  if not (c.near == eof or c.near.kind ~= "sign" or token.first) then return nil end
  if native == "end" and c.near.line == token.line then return nil end
  if native == "nothing" then
    return on(c, token, ("there is no '%s' here, and it is not needed"):format(token.value))
  end
  if native:find("^local ") then
    local line = (fixed(c, token.at, #token.value, native) or ""):gsub("%s*[:{]%s*$", " ... end")
    return on(c, token, ("there is no '%s' here: it is called '%s'"):format(token.value, native),
      line)
  end
  if native:find(" ") or native:find("%(") then
    return on(c, token, ("there is no '%s' here"):format(token.value), "Write: " .. native)
  end
  return on(c, token, ("there is no '%s' here: it is called '%s'"):format(token.value, native),
    fixed(c, token.at, #token.value, native))
end

local function reserved(c)
  if c.message:find("^<name> expected") and c.near.kind == "word" and keywords[c.near.value] then
    return on(c, c.near, ("'%s' is a word of Lua itself: choose another name"):format(
      c.near.value))
  end
end

-- stop router, sleep 5: as in a shell.
local function call_without_parentheses(c)
  local name = c.previous
  if not c.message:find("^syntax error") or not is_name(name) then return nil end
  if c.near.line == name.line and (is_name(c.near) or c.near.kind == "number") then
    local argument = c.near.kind == "number" and c.near.value or ('"%s"'):format(c.near.value)
    if api[name.value] ~= nil then
      local rest = c.text:match("^[^\n]*", c.near.at):gsub("%s*%-%-.*$", "")
      if c.near.kind == "word" and rest:find("^[%w_-]+%s*$") then
        argument = ('"%s"'):format(rest:match("^[%w_-]+"))
      end
      return on(c, name, ("what '%s' is given is put between ( and )"):format(name.value),
        ("Write: %s(%s)"):format(name.value, argument))
    end
    local near = core.nearest(name.value, keyword_list)
    if near then
      return on(c, name, ("unknown word '%s' - did you mean '%s'?"):format(name.value, near),
        fixed(c, name.at, #name.value, near))
    end
    return on(c, name, ("%s makes no sense before %s"):format(shown(c, name), shown(c, c.near)),
      "A call is name(...), a value is set with name = ...")
  end
  if name.first and c.near.line ~= name.line then
    if c.text:find("^%-%-", name.after) then
      return at(c, name.after, 2, "there is no -- here; it begins a comment",
        ("Write: %s = %s - 1"):format(name.value, name.value))
    end
    local called = api[name.value] ~= nil and type(api[name.value]) == "function"
    return on(c, name, ("'%s' alone does nothing"):format(name.value), called
      and ("Write: %s(...)"):format(name.value)
      or ("To call it: %s(); to set it: %s = ..."):format(name.value, name.value))
  end
end

-- Brackets and commas -----------------------------------------------------------------------------

local function begins_statement(c)
  if not c.near.first then return c.near == eof end
  if c.near.kind == "word" and keywords[c.near.value] then
    return not set_of("function", "true", "false", "nil", "not")[c.near.value]
  end
  if c.inner.kind == "{" and is_sign(c.next, "=") then return false end
  return is_name(c.near) and c.next.kind ~= "eof"
    and (c.next.kind == "text" or set_of("(", "=", ".", "{", ":")[c.next.value])
end

local function never_closed(c)
  local open = c.inner
  local close = open.kind == "(" and ")" or open.kind == "{" and "}" or "]"
  local finding = on(c, open.token, ("the %s that begins here has no %s"):format(open.kind, close))
  if open.token.line == c.previous.line and c.near.first then
    finding.advice = fixed(c, c.previous.after, 0, close)
  elseif open.token.line == c.previous.line and c.near.kind == "sign"
    and c.near.line == open.token.line then
    finding.advice = fixed(c, c.near.at, 0, (close == "}" and c.previous.after == c.near.at and " "
      or "") .. close)
  end
  if c.near.line and c.near.line > finding.line then finding.other_line = c.near.line end
  return finding
end

local function comma(c)
  if not (c.inner and c.inner.kind:find("^[({[]$")) then return nil end
  if c.message:find(" expected") and begins_value(c.near) and ends_value(c.previous)
    and not begins_statement(c) then
    local join = (c.previous.kind == "text") ~= (c.near.kind == "text") and c.inner.kind == "("
      and not is_sign(c.near, "{") and ", or .. to join them," or ""
    local finding = behind(c, c.previous, ("a comma%s is missing after %s"):format(
      join, shown(c, c.previous)), fixed(c, c.previous.after, 0, ","))
    if c.near.line > finding.line then finding.other_line = c.near.line end
    return finding
  end
  if c.message:find("^'[)}%]]' expected") or (c.near == eof and c.message:find("<eof>$"))
    or (c.message:find("^unexpected symbol") and begins_statement(c)) then
    return never_closed(c)
  end
end

local function lambda(c)
  if is_sign(c.near, ")") and is_sign(c.previous, "(") and c.text:find("^%s*=>", c.near.after) then
    return at(c, c.previous.at, c.near.after - c.previous.at, "a function is not written => here",
      "Write: function() ... end")
  end
end

local function surplus_bracket(c)
  if c.near.kind ~= "sign" or not set_of(")", "]")[c.near.value] then return nil end
  local opening = c.near.value == ")" and "(" or "["
  if c.inner and c.inner.kind == opening then
    if is_sign(c.previous, ",") or is_sign(c.previous, "=") or is_sign(c.previous, "..") then
      return on(c, c.previous, ("something is missing after %s"):format(shown(c, c.previous)))
    end
    return nil
  end
  return on(c, c.near, ("there is no %s to which this %s belongs"):format(opening, c.near.value),
    fixed(c, c.near.at, 1, ""))
end

-- The rest ----------------------------------------------------------------------------------------

local function after_return(c)
  if not (c.message:find("^'?<eof>'? expected") or c.message:find("^'end' expected")) then
    return nil
  end
  for index = c.index - 1, 1, -1 do
    local token = c.tokens[index]
    if token.value == "end" and token.kind == "word" then return nil end
    if token.value == "return" and token.kind == "word" then
      if c.near == eof then return nil end
      local finding = on(c, token, "nothing comes after 'return' in a block: this is never reached",
        "To leave here on a condition: if ... then return end")
      if c.near.line > finding.line then finding.other_line = c.near.line end
      return finding
    end
  end
end

local function about_labels(c)
  local label = c.message:match("^no visible label '(.-)' for goto")
  if label then
    return { line = c.line, message = ("there is no place that is called ::%s::"):format(label) }
  end
  local line = c.message:match("^break outside a loop at line (%d+)")
  if line then
    return { line = tonumber(line), message = "'break' leaves a loop, and there is none around it",
      advice = "To end the policy: return" }
  end
  local constant = c.message:match("^attempt to assign to const variable '(.-)'")
  if constant then
    return { line = c.line, message = ("'%s' is <const>: it cannot be set again"):format(constant) }
  end
end

local function too_much(c)
  if c.message:find("too many") or c.message:find("overflow") then
    return { line = c.line, message = "there is too much in one statement or function" }
  end
end

local function anything_else(c)
  if c.near == eof then
    return behind(c, c.previous, "the file ends in the middle of a statement")
  end
  if c.previous.kind == "text" and is_name(c.before) and c.near.kind == "sign" then
    local rest = c.text:match("^[^\n]*", c.previous.at)
    local start = c.before.after
    return on(c, c.near, ("what '%s' is given is put between ( and ) when it is more than a text")
      :format(c.before.value),
      fixed(c, start, c.previous.at - start + #rest, "(" .. rest:match("^.-%s*$") .. ")"))
  end
  local wanted = c.message:match("^'(.-)' expected near")
  if wanted and wanted ~= "<eof>" then
    return on(c, c.near, ("'%s' is missing before %s"):format(wanted, shown(c, c.near)),
      "Look at what is just before the mark, also in the line before.")
  end
  return on(c, c.near, ("%s makes no sense here"):format(shown(c, c.near)),
    "Look at what is just before the mark, also in the line before.")
end

local text = explain.rules
for _, rule in ipairs({
  text.wrong_file, text.unfinished_text, text.unfinished_long, text.number, text.escape,
  text.odd_letter, text.apostrophe, lambda, foreign_word, colon, text.foreign_sign,
  text.late_comment, equality, named_argument, table_key, braces, for_loop, reserved, then_or_do,
  after_return, missing_end, surplus_end, comma, surplus_bracket, call_without_parentheses,
  about_labels, too_much, anything_else,
}) do
  explain.mistakes[#explain.mistakes + 1] = rule
end
