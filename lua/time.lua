-- Time, in seconds.
local core, api = ...

local shortened = false -- said once

-- sleep(seconds) -> true; false, "no time left" when the deadline shortened it. It waits.
function api.sleep(seconds)
  local begun = core.now()
  local whole, why = core.sleep(core.check.seconds("sleep", "the time", seconds))
  if whole then return true end
  if not shortened then
    shortened = true
    core.event({ what = "shortened", warning = true,
      why = ("sleep(%g) after %.1f s: the rest of the time is for the stops"):format(
        seconds, core.now() - begun) })
  end
  return false, why
end

-- remaining() -> seconds until everything must be gone, at least 0.
api.remaining = core.remaining

-- elapsed() -> seconds since the shutdown began.
api.elapsed = core.elapsed
