-- Errors in words, for somebody who has never seen Lua: why a file does not compile, and what a
-- failure means. Loaded only when there is one. What is known is in mistakes.lua, mistakes_text.lua
-- and failures.lua.
--
-- Lua says a line and the word at which it stopped. The exact place is found by handing it the
-- text byte by byte: it never reads further than the byte after that word.
local core = ...

local explain = { mistakes = {}, failures = {} } -- functions, the first that answers is taken
core.explain = explain

-- The place in the text before which Lua stopped reading.
local function stopped_at(text, line)
  local place = 0
  for _ = 2, line do place = text:find("\n", place + 1, true) or place end
  local before, read = text:sub(1, place), place
  load(function()
    if #before > 0 then
      local piece = before
      before = ""
      return piece
    end
    read = read + 1
    return read <= #text and text:sub(read, read) or nil
  end, "=text", "t")
  return math.min(read, #text + 1)
end

local waits_for = { ["if"] = "then", ["elseif"] = "then", ["for"] = "do", ["while"] = "do" }
local closer = { [")"] = "(", ["}"] = "{", ["]"] = "[" }

local function indent_of(text, token)
  return #text:sub(token.at - core.column_of(text, token.at) + 1):match("^[ \t]*")
end

-- What is open at the token `last`: { token =, kind =, waits = "then" / "do" / nil, index = }, ...;
-- and the first block whose `end` stands further left than its beginning: it lacks one.
local function open_at(c, count)
  local open, suspect = {}, nil
  local function close(kind)
    for place = #open, 1, -1 do
      local bracket = open[place].kind:find("^[({[]$") ~= nil
      if kind == open[place].kind or (kind == "block" and not bracket) then
        for last = #open, place, -1 do open[last] = nil end
        return
      end
    end
  end
  for index = 1, count do
    local token = c.tokens[index]
    local value, top = token.value, open[#open]
    if token.kind == "sign" and (value == "(" or value == "{" or value == "[") then
      open[#open + 1] = { token = token, kind = value, index = index }
    elseif token.kind == "sign" and closer[value] then
      close(closer[value])
    elseif token.kind == "word" then
      if value == "then" or value == "do" and top and top.waits == "do" then
        if top then top.waits = nil end
      elseif waits_for[value] and value ~= "elseif" or value == "function" or value == "repeat"
        or value == "do" then
        open[#open + 1] = { token = token, kind = value, waits = waits_for[value], index = index }
      elseif value == "elseif" and top then
        top.waits = "then"
      elseif value == "end" or value == "until" then
        if token.first and top and not suspect
          and indent_of(c.text, top.token) > indent_of(c.text, token) then
          suspect = top
        end
        close("block")
      end
    end
  end
  return open, suspect
end

local eof = { kind = "eof", value = "" } -- stands for what is behind the last token
explain.eof = eof

-- Everything that is known about the place at which Lua stopped.
local function context_of(text, line, message)
  local c = { text = text, tokens = core.tokens(text), line = line, message = message }
  local near = message:match(" near '(.*)'$")
  local stopped = stopped_at(text, line)
  c.at = stopped - (near and not near:find("^<\\%d+>$") and #near or 1)
  if near and not near:find("^<\\") and text:sub(c.at, stopped - 1) ~= near then
    c.at = stopped - 1
  end
  if message:find(" near <eof>$") then c.at = #text + 1 end
  c.at = math.max(c.at, 1)
  c.index = 1
  while c.tokens[c.index] and c.tokens[c.index].after <= c.at do c.index = c.index + 1 end
  c.near = c.tokens[c.index] or eof
  c.previous = c.tokens[c.index - 1] or eof
  c.before = c.tokens[c.index - 2] or eof
  c.next = c.tokens[c.index + 1] or eof
  c.open, c.suspect = open_at(c, c.index - 1)
  c.inner = c.open[#c.open]
  return c
end

-- A finding about bytes of the text.
function explain.at(c, at, length, message, advice)
  local _, lines = c.text:sub(1, at - 1):gsub("\n", "")
  return { line = lines + 1, column = core.column_of(c.text, at), length = length,
    message = message, advice = advice }
end

function explain.on(c, token, message, advice)
  if token == eof then return explain.behind(c, c.previous, message, advice) end
  return explain.at(c, token.at, token.after - token.at, message, advice)
end

function explain.behind(c, token, message, advice)
  return explain.at(c, token.after or #c.text + 1, 1, message, advice)
end

-- "Write: " and the line with `length` bytes at `at` replaced; nothing when it is too long.
function explain.fixed(c, at, length, replacement)
  local column = core.column_of(c.text, at)
  local first = at - column + 1
  local line = c.text:match("^[^\n]*", first)
  if #line > 90 then return nil end
  line = line:sub(1, column - 1) .. replacement .. line:sub(column + length)
  return "Write: " .. line:match("^%s*(.-)%s*$")
end

-- A token as messages show it.
function explain.shown(c, token)
  if token == eof then return "the end of the file" end
  local form = token.kind == "text" and "%s" or "'%s'"
  local bytes = c.text:sub(token.at, token.after - 1):match("^[^\n]*")
  return form:format(#bytes > 30 and bytes:sub(1, 30) .. "..." or bytes)
end

-- What kind of token is it?

function explain.set_of(...)
  local set = {}
  for _, name in ipairs({ ... }) do set[name] = true end
  return set
end

explain.keyword_list = {
  "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in",
  "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
}
explain.keywords = explain.set_of(table.unpack(explain.keyword_list))

function explain.is_name(token)
  return token.kind == "word" and not explain.keywords[token.value]
end

function explain.is_sign(token, value)
  return token.kind == "sign" and token.value == value
end

local written_out = explain.set_of("text", "number", "long")
local ending = explain.set_of("end", "true", "false", "nil", ")", "}", "]")
local beginning = explain.set_of("function", "true", "false", "nil", "not", "{")

-- Can an expression end, or begin, with this token?
function explain.ends_value(token)
  return written_out[token.kind] or explain.is_name(token) or ending[token.value]
end

function explain.begins_value(token)
  return written_out[token.kind] or explain.is_name(token) or beginning[token.value]
end

local function answer(rules, ...)
  for _, rule in ipairs(rules) do
    local finding = rule(...)
    if finding then return finding end
  end
end

-- explain.file(file, text, message): reports why the file cannot be used.
function explain.file(file, text, message)
  local plain = core.plain_text(text)
  local _, own = load(plain, "=text", "t")
  local line, said = (own or ""):match("^text:(%d+): (.*)$")
  local finding
  if line then
    local c = context_of(plain, tonumber(line), said)
    local unread = c.near == eof and c.at <= #plain -- too far behind for core.tokens
    finding = unread and explain.at(c, c.at, 1, "something is wrong here, or just before")
      or answer(explain.mistakes, c)
    finding.lua = said
  elseif own then
    finding = explain.what_file(text) or { message = own:find("overflow")
      and "brackets or blocks stand in one another more than 190 deep" or own }
    finding.lua = own
  else
    finding = explain.failed(file, plain, message)
  end
  finding.file = file
  core.report(finding)
end

-- What a message of a file that ran and failed means.
function explain.failed(file, text, message)
  local line, said
  if message:sub(1, #file) == file then line, said = message:match("^:(%d+): (.*)$", #file + 1) end
  local finding = { message = said or message, line = tonumber(line) }
  local words, name, advice = answer(explain.failures, finding.message)
  if type(words) == "table" then words, name, advice = table.unpack(words) end
  if words then
    finding.lua, finding.message, finding.advice = finding.message, words, advice
    finding.words = words
  end
  if name and line then
    local place = 0
    for _ = 2, line do place = text:find("\n", place + 1, true) or place end
    local source = text:match("^[^\n]*", place + 1)
    local at = (" " .. source .. " "):find("%f[%w_]" .. name:gsub("%W", "%%%0") .. "%f[^%w_]")
    if at then finding.column, finding.length = at - 1, #name end
  end
  return finding
end

-- explain.failure(file, text, message): reports the line at which a running policy failed.
-- -> what Lua's message means; nil: it speaks for itself.
function explain.failure(file, text, message)
  local finding = explain.failed(file, core.plain_text(text), message)
  finding.file = file
  core.report(finding)
  return finding.words
end
