-- Why wait_idle has left, or what it was still waiting for when its time was up: one short text.
-- `facts` are those of core.idle_facts.
local core = ...

local reason = {}
core.idle_reason = reason

local function counted(count, one, several)
  return core.format("%.0f %s", count, count == 1 and one or several)
end

-- Those who were never told of the drain, and are cut.
local function untold(facts)
  local count = facts.untold
  return count > 0 and counted(count, "connection", "connections") .. " never told"
end

local function streams(facts)
  return facts.streams > 0 and counted(facts.streams, "stream", "streams")
end

local function text_of(parts)
  local list = {}
  for _, part in ipairs(parts) do
    if part then list[#list + 1] = part end
  end
  return table.concat(list, ", ")
end

-- reason.left(facts) -> why it may be left
function reason.left(facts)
  local why
  if facts.expected then
    why = core.format("expected failures %.3f (%.1f new connections/s before)",
      facts.expected, facts.rate)
  else
    why = core.format("nobody inside for %.1f s (new connections are not counted)", facts.quiet)
  end
  return text_of({ why, untold(facts), streams(facts) })
end

-- reason.stayed(facts, "timeout") -> what stood against leaving; how many are in flight is said
-- beside it.
function reason.stayed(facts, why)
  if not facts.active or why ~= "timeout" then return why end
  local text = text_of({
    untold(facts), streams(facts),
    facts.silent < facts.quiet and "requests keep coming",
    facts.failures > facts.tolerance and core.format("expected failures %.3g", facts.failures),
  })
  return text == "" and why or why .. ": " .. text
end
