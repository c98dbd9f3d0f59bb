-- The words of a Lua text with their places, also of one that does not compile.
local core = ...

local TOKENS_MAX = 12000 -- about 3 MB; what comes after is not looked at

local SIGNS = { "^%.%.?%.?()", "^[=~<>]=()", "^//()", "^::()", "^<<()", "^>>()" }

-- The place after the quoted text that begins at `at`, and whether its end is there.
local function quoted(text, at)
  local quote, place = text:sub(at, at), at + 1
  while true do
    local found = text:find("[\\\n" .. quote .. "]", place)
    local sign = found and text:sub(found, found)
    if not found or sign == "\n" then return found or #text + 1, false end
    if sign == quote then return found + 1, true end
    place = found + 2
  end
end

-- What begins at `at`: its kind ("blank", "text", "long", "number", "word" or "sign"), the place
-- after it, and for texts whether they end.
local function read_token(text, at)
  local dashes, level = text:match("^(%-?%-?)%[(=*)%[", at)
  if level and dashes ~= "-" then
    local _, last = text:find("]" .. level .. "]", at + #dashes, true)
    return dashes == "--" and "blank" or "long", (last or #text) + 1, last ~= nil
  end
  local blank = text:match("^%-%-[^\n]*()", at) or text:match("^%s+()", at)
  if blank then return "blank", blank end
  if text:find("^[\"']", at) then
    local after, ends = quoted(text, at)
    return "text", after, ends
  end
  local number = text:match("^%.?%d[%w_.]*()", at)
  if number then return "number", number end
  local word = text:match("^[%a_][%w_]*()", at)
  if word then return "word", word end
  for _, sign in ipairs(SIGNS) do
    local after = text:match(sign, at)
    if after then return "sign", after end
  end
  return "sign", at + 1
end

-- The text as Lua counts its lines, without the mark at its beginning.
function core.plain_text(text)
  if text:sub(1, 3) == "\xef\xbb\xbf" then text = text:sub(4) end
  return (text:gsub("\r\n", "\n"):gsub("\r", "\n"))
end

-- core.tokens(plain text) -> { kind =, value =, at =, after =, line =, ends =, first = }, ...
-- value: its bytes, of a quoted text what is between the quotes. first: the first of its line.
function core.tokens(text)
  local tokens, at, line, first = {}, 1, 1, true
  while at <= #text and #tokens < TOKENS_MAX do
    local kind, after, ends = read_token(text, at)
    local value = text:sub(at, after - 1)
    if kind ~= "blank" then
      if kind == "text" then value = value:sub(2, ends and -2 or -1) end
      tokens[#tokens + 1] = {
        kind = kind, value = value, at = at, after = after, line = line, ends = ends,
        first = first,
      }
      first = false
    end
    if kind == "blank" or kind == "long" or kind == "text" then
      local _, lines = text:sub(at, after - 1):gsub("\n", "")
      line = line + lines
      first = first or lines > 0
    end
    at = after
  end
  return tokens
end

-- The place of `at` in its line, in bytes from 1.
function core.column_of(text, at)
  local back = text:sub(1, at - 1):reverse():find("\n", 1, true)
  return back or at
end
