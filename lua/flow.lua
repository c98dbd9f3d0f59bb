-- Several things at once. Nothing that starts here outlives the call. All of these wait.
local core, api = ...
local check = core.check

local function check_functions(call, ...)
  for index = 1, select("#", ...) do
    check.value(call, "argument " .. index, "function", (select(index, ...)))
  end
end

-- The results of a branch that ended; raises what it raised.
local function results_of(outcome)
  if not outcome[1] then error(outcome[2], 0) end
  return table.unpack(outcome, 2, outcome.n)
end

-- parallel(f, g, ...): runs them at once and waits until all have ended. What one raises does not
-- stop the others; the first error is raised afterwards.
function api.parallel(...)
  check_functions("parallel", ...)
  local outcomes = core.together(select("#", ...), nil, ...)
  for _, outcome in ipairs(outcomes) do results_of(outcome) end
end

-- race(f, g, ...) -> number of the first to end, its results. The others are cancelled.
function api.race(...)
  check_functions("race", (...))
  check_functions("race", ...)
  local outcomes = core.together(1, nil, ...)
  local number = 1
  while not outcomes[number] do number = number + 1 end
  return number, results_of(outcomes[number])
end

-- with_timeout(seconds, f) -> true, results of f; false, "timeout": f was cancelled.
function api.with_timeout(seconds, f)
  check_functions("with_timeout", f)
  local outcomes = core.together(1, check.seconds("with_timeout", "the time", seconds), f)
  if not outcomes[1] then return false, "timeout" end
  return true, results_of(outcomes[1])
end

-- retry({ times = 3, delay = 0.5 }, f) -> results of f as soon as the first is true;
-- else what f returned last: false or nil, why.
function api.retry(options, f)
  options = check.options("retry", options)
  check_functions("retry", f)
  local results
  for attempt = 1, options.times or 3 do
    if attempt > 1 and not core.sleep(options.delay or 0.5) then break end
    results = table.pack(f())
    if results[1] then break end
  end
  if not results then core.mistake("retry: times must be at least 1") end
  return table.unpack(results, 1, results.n)
end
