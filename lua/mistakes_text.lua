-- Why a text does not compile: files that are no Lua, texts, numbers, letters and signs. A rule
-- looks at the place where Lua stopped (the context of explain.lua) and gives a finding, or nil.
local core = ...
local explain = core.explain
local at, on, fixed, shown = explain.at, explain.on, explain.fixed, explain.shown
local eof = explain.eof
local is_name, is_sign = explain.is_name, explain.is_sign

-- The kind of file that was given by mistake; nil: it may be Lua.
local file_kinds = {
  { "^\27\27?Lu", "this is compiled Lua (luac)" },
  { "^\27\255\254", "this is saved as UTF-16 (\"Unicode\" in some editors): save it as UTF-8" },
  { "^\27\254\255", "this is saved as UTF-16 (\"Unicode\" in some editors): save it as UTF-8" },
  { "^\27\127EL", "this is a program, not a text file" },
  { "^\27\31\139", "this is a compressed file" },
  { "^\27", "this is not a text file" },
  { "^#![^\n]*sh%s*\n", "this is a shell script" },
  { "^%s*<[%?!%a]", "this is XML or HTML" },
  { "^%s*[{[]%s*[\"%]}{[]", "this is JSON" },
  { "^%s*FROM%s+%S+[ \t]*\n", "this is a Dockerfile" },
}
local yaml = { "^%s*[%w_.-]+:%s*$", "^%s*[%w_.-]+:%s+[^%s=]", "^%s*%- %w" }
local shell = { "^%s*fi%s*$", "^%s*done%s*$", "^%s*esac%s*$", "^set %-%a+%s*$", "^export [%w_]+=",
  "^%s*trap ['\"%w]", "^%s*if %[", "%${[%w_]+", "%$%(", "^%s*echo ", "^[%w_]+%(%)%s*{" }

-- In how many lines is one of these; and whether in the first that is no comment.
local function count_lines(text, patterns)
  local count, first = 0, nil
  for line in text:gmatch("[^\n]+") do
    local found = false
    for _, pattern in ipairs(patterns) do found = found or line:find(pattern) ~= nil end
    if found then count = count + 1 end
    if first == nil and line:find("^%s*[^%s#-]") then first = found end
  end
  return count, first
end

function explain.what_file(text)
  local what
  for _, kind in ipairs(file_kinds) do
    if not what and text:find(kind[1]) then what = kind[2] end
  end
  local keys, first = count_lines(text, yaml)
  if not what and first and keys >= 2 then what = "this is YAML" end
  if not what and count_lines(text, shell) >= 2 then what = "this is a shell script" end
  if not what then return nil end
  return { message = what .. (what:find("save it") and "" or ", and should be Lua"),
    advice = "A policy is lines like: stop(\"router\")" }
end

local function wrong_file(c)
  return explain.what_file(c.text)
end

-- Texts, comments and numbers -----------------------------------------------------------------

local function unfinished_text(c)
  if not c.message:find("^unfinished string near [^<]") and not
    (c.message:find("^unfinished string") and c.tokens[c.index]) then
    return nil
  end
  local token = c.near
  local quote = c.text:sub(token.at, token.at)
  if is_name(c.previous) and c.previous.after == token.at then
    return on(c, c.previous, ("%s lacks its opening quote"):format(quote .. "..." .. quote),
      ("A text is between two quotes: %s%s%s"):format(quote, c.previous.value, quote))
  end
  return on(c, token, ("the text that begins here has no closing quote (%s)"):format(quote),
    "A text ends in the line in which it begins, with the quote with which it begins.")
end

local function unfinished_long(c)
  local what, line = c.message:match("^unfinished long (%l+) %(starting at line (%d+)%)")
  if not what then return nil end
  local name = what == "comment" and "comment" or "text"
  return { line = tonumber(line), message = ("the %s that begins here with %s[[ has no end"):format(
    name, what == "comment" and "--" or ""), advice = "It ends with ]]" }
end

local function apostrophe(c)
  local text = c.previous
  if text.kind ~= "text" or text.after ~= c.near.at or c.near.kind ~= "word" then return nil end
  local quote = c.text:sub(text.at, text.at)
  local other = quote == "'" and '"' or "'"
  return at(c, text.after - 1, 1, ("the text ends at this %s already"):format(quote),
    ("A text with %s in it is put between %s and %s, or has \\%s inside."):format(quote, other,
      other, quote))
end

local function number(c)
  local text = c.message:match("^malformed number near '(.*)'$")
  if not text then return nil end
  if text:find("^[%d.]+%a+$") and not text:find("^0x") then
    return on(c, c.near, ("%s is not a number: times are in seconds, and have no unit"):format(
      shown(c, c.near)), fixed(c, c.near.at, c.near.after - c.near.at, text:match("^[%d.]+")))
  end
  if text:find("^%d+%.%d+%.") then
    local address = c.text:match("^[%w.:/_-]+", c.near.at)
    return at(c, c.near.at, #address, "an address is a text, in quotes",
      fixed(c, c.near.at, #address, '"' .. address .. '"'))
  end
  return on(c, c.near, ("%s is neither a number nor a name"):format(shown(c, c.near)),
    "A name begins with a letter; a text is in quotes.")
end

local function escape(c)
  if not c.message:find("^invalid escape sequence") and not c.message:find("escape sequence$")
    and not c.message:find("^missing '{' in \\u") then
    return nil
  end
  return at(c, math.max(c.at, 1), 1, "a backslash (\\) in a text begins a special character",
    "Write it twice where it is meant itself: \\\\")
end

-- Letters that no keyboard of a programmer makes ------------------------------------------------

local odd = {
  ["\xe2\x80\x9c"] = "quote", ["\xe2\x80\x9d"] = "quote", ["\xe2\x80\x9e"] = "quote",
  ["\xe2\x80\x9f"] = "quote", ["\xc2\xab"] = "quote", ["\xc2\xbb"] = "quote",
  ["\xe2\x80\x98"] = "quote", ["\xe2\x80\x99"] = "quote", ["\xe2\x80\x9a"] = "quote",
  ["\xe2\x80\xb3"] = "quote", ["\xc2\xb4"] = "quote",
  ["\xe2\x80\x93"] = "dash", ["\xe2\x80\x94"] = "dash", ["\xe2\x88\x92"] = "dash",
  ["\xc2\xa0"] = "blank", ["\xe2\x80\xaf"] = "blank", ["\xe2\x80\x89"] = "blank",
  ["\xe2\x80\x8b"] = "blank", ["\xe3\x80\x80"] = "blank", ["\xef\xbb\xbf"] = "blank",
  ["\xe2\x89\xa0"] = "~=", ["\xe2\x89\xa4"] = "<=", ["\xe2\x89\xa5"] = ">=",
}

-- The line with all odd quotes, dashes and blanks made plain.
local function plain_line(c)
  local start = c.at - core.column_of(c.text, c.at) + 1
  local line = c.text:match("^[^\n]*", start)
  if #line > 90 then return nil end
  for bytes, kind in next, odd do
    local plain = kind == "quote" and '"' or kind == "blank" and " " or kind == "dash" and "-"
    line = line:gsub(bytes, plain or kind)
  end
  return "Write: " .. line:match("^%s*(.-)%s*$")
end

local function odd_letter(c)
  local byte = tonumber(c.message:match(" near '<\\(%d+)>'$") or c.text:byte(c.at))
  if c.near == eof or not byte or (byte >= 32 and byte < 127) then return nil end
  local letter = c.text:match("^[\xc2-\xf4][\x80-\xbf]+", c.at)
  if not letter then
    return at(c, c.at, 1, byte < 128 and "an invisible control character, which is no text"
      or "a byte that is no text: is the file saved as UTF-8?")
  end
  local kind = odd[letter]
  if kind == "quote" then
    return at(c, c.at, #letter,
      ("%s is a quote of a word processor; here they are plain: \""):format(letter), plain_line(c))
  elseif kind == "dash" then
    return at(c, c.at, #letter,
      ("%s is the long dash of a word processor; minus is -, a comment begins with --"):format(
        letter), plain_line(c))
  elseif kind == "blank" then
    return at(c, c.at, #letter, "an invisible special blank", "Replace it by a plain blank.")
  elseif kind then
    return at(c, c.at, #letter, ("%s is written %s"):format(letter, kind), plain_line(c))
  end
  return at(c, c.at, #letter, ("%s can only be in a text or in a comment"):format(letter),
    "Names are made of a to z, digits and _; texts are in quotes.")
end

-- Signs of other languages ----------------------------------------------------------------------

local function from_line(pattern, replacement)
  return function(line)
    local changed, count = line:gsub(pattern, replacement)
    return count > 0 and changed or nil
  end
end

local comment = from_line("^(.-)%s*[/#]+%**%s*(.-)%s*%*?/?$", "%1 -- %2")

-- The signs, what to say, and the whole line as it should be.
local foreign_signs = {
  { "!==", "not equal is written ~=, not !==", from_line("!==", "~=") },
  { "!=", "not equal is written ~=, not !=", from_line("!=", "~=") },
  { "===", "equal is written ==, not ===", from_line("===", "==") },
  { "<>", "not equal is written ~=, not <>", from_line("<>", "~=") },
  { "=<", "less or equal is written <=, not =<", from_line("=<", "<=") },
  { "&&", "'and' is written in letters, not &&", from_line("%s*&&%s*", " and ") },
  { "||", "'or' is written in letters, not ||", from_line("%s*||%s*", " or ") },
  { "..=", "there is no ..= here", from_line("([%w_.]+)%s*%.%.=", "%1 = %1 ..") },
  { "++", "there is no ++ here", from_line("([%w_.]+)%s*%+%+", "%1 = %1 + 1") },
  { "+=", "there is no += here", from_line("([%w_.]+)%s*%+=", "%1 = %1 +") },
  { "-=", "there is no -= here", from_line("([%w_.]+)%s*%-=", "%1 = %1 -") },
  { "*=", "there is no *= here", from_line("([%w_.]+)%s*%*=", "%1 = %1 *") },
  { "/=", "there is no /= here", from_line("([%w_.]+)%s*/=", "%1 = %1 /") },
  { "=>", "there is no => here: in a table a name and its value are joined with =",
    from_line("=>", "=") },
  { "->", "there is no -> here" },
  { "/*", "a comment begins with -- and goes to the end of the line", comment },
  { "*/", "a comment begins with -- and goes to the end of the line" },
  { "//", "a comment begins with --, not with //", comment },
  { "#", "a comment begins with --, not with #", comment },
  { "??", "there is no ?? here: write or" , from_line("%?%?", "or") },
  { "!", "'not' is written in letters, not !", from_line("!%s*", "not ") },
  { "?", "there is no ? : here",
    from_line("%s*%?%s*(.-)%s*:%s*", " and %1 or "), "Write: if ... then ... else ... end" },
  { "$", "there is no $ here: a variable of the environment is env(\"NAME\")" },
  { "`", "there is no ` here: a text is between plain quotes, \"", from_line("`", "\"") },
  { "\\", "a \\ is not needed: a statement may go on in the next line" },
  { "@", "there is no @ here" },
}

local function foreign_sign(c)
  if c.near == eof then return nil end
  for _, one in ipairs(foreign_signs) do
    local sign, message, change, advice = one[1], one[2], one[3], one[4]
    for first = math.max(c.at - #sign + 1, 1), c.at do
      if c.text:sub(first, first + #sign - 1) == sign then
        local start = first - core.column_of(c.text, first) + 1
        local line = c.text:match("^[^\n]*", start)
        local changed = change and #line <= 90 and change(line)
        return at(c, first, #sign, message,
          changed and "Write: " .. changed:match("^%s*(.-)%s*$") or advice)
      end
    end
  end
end

-- A // or # earlier in the line, followed by words, was meant as a comment.
local function late_comment(c)
  for index = c.index - 1, math.max(c.index - 6, 1), -1 do
    local token = c.tokens[index]
    if token.line ~= (c.near.line or c.line) and token.line ~= c.previous.line then break end
    if is_sign(token, "//") and c.text:find("^//%s*%a+%s+%a", token.at) then
      local start = token.at - core.column_of(c.text, token.at) + 1
      return on(c, token, "a comment begins with --, not with //",
        "Write: " .. comment(c.text:match("^[^\n]*", start)):match("^%s*(.-)%s*$"))
    end
  end
end

explain.rules = {
  wrong_file = wrong_file, unfinished_text = unfinished_text, unfinished_long = unfinished_long,
  number = number, escape = escape, odd_letter = odd_letter, apostrophe = apostrophe,
  foreign_sign = foreign_sign, late_comment = late_comment,
}
