-- Why wait_idle has left, or what it was still waiting for when its time was up: one short text.
local core = ...
local news = core.idle_news

local reason = {}
core.idle_reason = reason

local function counted(count, one, several)
  return ("%.0f %s"):format(count, count == 1 and one or several)
end

-- Those who were never told of the drain, and are cut.
local function untold(wait)
  local count = news.untold(wait)
  return count > 0 and counted(count, "connection", "connections") .. " never told" or nil
end

local function streams(wait)
  local count = wait.counts.streams or 0
  return count > 0 and counted(count, "stream", "streams") or nil
end

local function text_of(parts)
  local list = {}
  for _, part in ipairs(parts) do
    if part then list[#list + 1] = part end
  end
  return table.concat(list, ", ")
end

-- reason.left(wait) -> why it may be left
function reason.left(wait)
  local why
  if wait.expected then
    why = ("expected failures %.3f (%.1f new connections/s before)"):format(
      wait.expected, wait.rate)
  else
    why = ("nobody inside for %.1f s (new connections are not counted)"):format(wait.quiet)
  end
  return text_of({ why, untold(wait) or false, streams(wait) or false })
end

-- reason.stayed(wait, "timeout") -> what stood against leaving; how many are in flight is said
-- beside it.
function reason.stayed(wait, why)
  if not wait.counts or why ~= "timeout" then return why end
  local expected = wait.silence and news.expected_failures(wait) or 0
  local parts = {
    untold(wait) or false, streams(wait) or false,
    core.now() - wait.busy_at < wait.quiet and "requests keep coming",
    expected > wait.tolerance and ("expected failures %.3g"):format(expected),
  }
  local text = text_of(parts)
  return text == "" and why or why .. ": " .. text
end
