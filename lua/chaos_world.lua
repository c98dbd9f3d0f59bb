-- Scenario files, 2 of 4: what the world says of a service, its admin and its clients, as numbers
-- of the table that seeds draw from (src/sim/draw_table.c).
local core, words = ...
local mistake, mistake_at, line_of = core.mistake, core.mistake_at, core.line_of
local names_of, meant, shown = core.names_of, core.meant, core.shown
local is_whole = core.is_whole
local checked, delay, kinds = core.checked, core.delay, core.kinds

-- The fields of the container, of a service and of its clients: { kind, parameter }, for a moment
-- with what it is counted from, for a choice with its numbers. Those without a parameter are looked
-- at below.

local container_fields = {
  first_signal = { "text", "signal", choices = { TERM = 0, INT = 1, QUIT = 2 } },
  throttled = { "seconds", "throttled" },
  stalls = { "moment", "stall_at", "signal" },
  stalls_for = { "seconds", "stall", needs = "stalls" },
  orphans = { "count", "orphans" },
  orphans_exit_after = { "seconds", "orphans_for", needs = "orphans" },
  orphans_ignore_term = { "flag", "orphans_deaf", needs = "orphans" },
  shells = { "count", "shells" },
  hides_sockets = { "flag", "hidden_sockets" },
  outside = { "admin" },
  outside_takes = { "seconds", "outside_answer" },
  commands_exit_with = { "code", "command_code" },
  commands_take = { "seconds", "command_for" },
  commands_hang = { "flag", "command_hangs" },
  commands_flood = { "flag", "command_floods" },
}

local service_fields = {
  ready_after = { "seconds", "ready" },
  never_ready = { "flag", "never_ready" },
  cannot_start = { "flag", "missing" },
  exits_after = { "seconds" },
  work_in_hand = { "count", "work" },
  needs_to_finish = { "seconds", "jobs_for" },
  pieces_to_finish = { "count", "jobs", needs = "needs_to_finish" },
  exits_with = { "code", "code" },
  ignores_term = { "flag", "deaf" },
  crashes = { "moment", "crash", "start" },
  freezes = { "moment", "frozen", "start" },
  frozen_for = { "seconds", "thaw", needs = "freezes" },
  children_stay = {},
  admin = { "admin" },
  admin_takes = { "seconds", "answer" },
  hides_statistics = { "flag", "hidden" },
  lies = { "text", "lie", choices = { nobody = 1, the_same = 2, drains = 3, one_more = 4 } },
  lies_from = { "moment", "lie_from", "start", needs = "lies" },
  clients = { "table" },
}

local client_fields = {
  connections = { "count", "connections" },
  requests_per_second = { "per_second", "rate", needs = "connections" },
  request_takes = { "seconds", "request" },
  new_connections_per_second = { "per_second", "one_shots" },
  long_requests = { "count", "long" },
  long_requests_end = { "moment", "long_for", "signal", needs = "long_requests" },
  websockets = { "count", "upgrades" },
  probes_per_second = { "per_second", "probes" },
  burst = { "count", "burst", needs = "connections" },
  burst_at = { "earlier", "burst_before", needs = "burst" },
  blind = { "seconds", "blind", needs = "connections" },
  http2 = { "flag", "http2", needs = "connections" },
  ignore_close = { "flag", "stubborn", needs = "connections" },
  backoff = { "seconds", "backoff", needs = "http2" },
  skips_late = { "flag", "skips", needs = "connections" },
  by_chance = { "count", "chance" },
  surge = { "count", "surge", needs = "new_connections_per_second" },
  replicas = { "count", "replicas" },
  pinned = { "flag", "pinned" },
  long_polls = { "seconds", "poll", needs = "connections" },
  routing_moves = { "moment", "routing", "signal" },
}

local function check_names(path, values, fields, what)
  for name in pairs(values) do
    if not fields[name] then
      local inner = type(name) == "string" and path .. "\0" .. name or path
      mistake_at(inner, "unknown %s '%s'%s", what, tostring(name), meant(name, fields))
    end
  end
end

-- Puts what a table of fields says into `numbers`.
local function fill(path, values, fields, what, numbers)
  check_names(path, values, fields, what)
  for _, name in ipairs(names_of(values)) do
    local field, value = fields[name], values[name]
    local inner = path .. "\0" .. name
    if field.needs and not values[field.needs] then
      mistake_at(inner, "%s says nothing without %s", name, field.needs)
    end
    if field.choices then
      numbers[field[2]] = field.choices[value] or mistake_at(inner, "%s must be one of \"%s\" "
        .. "(got %s)", name, table.concat(names_of(field.choices), "\", \""), shown(value))
    elseif field[3] then
      numbers[field[2]] = delay(inner, field[3], value)
    elseif field[1] then
      value = checked(inner, field[1], value)
      if field[2] then numbers[field[2]] = value end
    end
  end
end

-- Quick exits and slow ones are two parameters; only what is slow can have work in hand.
local SLOW_MS = 200

local function fill_exit(path, values, numbers)
  if values.exits_after then
    local exit_ms = checked(path .. "\0exits_after", "seconds", values.exits_after)
    local slow = exit_ms >= SLOW_MS or values.work_in_hand
    numbers[slow and "slow" or "exit"] = exit_ms
  elseif values.work_in_hand then
    mistake_at(path .. "\0work_in_hand", "work_in_hand says nothing without exits_after: the "
      .. "work is done in that time")
  end
  if values.work_in_hand and values.ignores_term then
    mistake_at(path .. "\0work_in_hand", "work_in_hand says nothing of a service that ignores "
      .. "TERM: it never begins to finish")
  end
end

local function fill_children(path, values, numbers)
  local stay = values.children_stay
  if stay == words.for_ever then
    numbers.children_stay = 1
  elseif stay ~= nil then
    numbers.children = kinds.seconds[2](stay)
      or mistake_at(path .. "\0children_stay", "children_stay must be a number of seconds or "
        .. "for_ever (got %s)", shown(stay))
  end
end

-- Admins: refuses(), or hangs { only = "/stats", from = after_signal(1), times = 2 }

local statuses = { [400] = 0, [403] = 1, [404] = 2, [500] = 3, [503] = 4 }
local paths = { ["/drain_listeners"] = 1, ["/stats"] = 2, ["/healthcheck/fail"] = 3, POST = 4 }
local admin_fields = { only = {}, from = {}, times = {} }

local function admin_word(word, manner)
  words[word] = function(options)
    local line = core.line()
    if options ~= nil and (type(options) ~= "table" or options.word) then
      mistake(line, "%s: write %s(), or %s { only = \"/stats\" } (got %s)", word, word, word,
        shown(options))
    end
    return { word = word .. "()", admin = manner, options = options or {}, line = line }
  end
end

admin_word("answers", 0)
admin_word("refuses", 1)
admin_word("resets", 2)
admin_word("hangs", 3)
admin_word("garbage", 5)
admin_word("floods", 6)

-- status(503): answers with this status. status(503, { only = "/stats" })
function words.status(code, options)
  local line = core.line()
  if not statuses[code] then
    mistake(line, "status: there are status(400), 403, 404, 500, 503 (got %s)", shown(code))
  end
  if options ~= nil and (type(options) ~= "table" or options.word) then
    mistake(line, "status: write status(%d), or status(%d, { only = \"/stats\" }) (got %s)", code,
      code, shown(options))
  end
  return { word = ("status(%d)"):format(code), admin = 4, status = statuses[code],
    options = options or {}, line = line }
end

local function fill_admin(values, numbers)
  local admin = values.admin
  if not admin then return end
  local options = admin.options
  for name in pairs(options) do
    if not admin_fields[name] then
      mistake(admin.line, "unknown word '%s' in the admin's { }%s", tostring(name),
        meant(name, admin_fields))
    end
  end
  numbers.admin, numbers.admin_status = admin.admin, admin.status
  if options.only ~= nil then
    numbers.admin_path = paths[options.only] or mistake(admin.line,
      "only must be \"/drain_listeners\", \"/stats\", \"/healthcheck/fail\" or \"POST\" (got %s)",
      shown(options.only))
  end
  if options.from ~= nil then
    numbers.admin_from = kinds.moment[2](options.from) or mistake(admin.line,
      "from must be %s (got %s)", kinds.moment[1], shown(options.from))
  end
  if options.times ~= nil then
    numbers.admin_times = is_whole(options.times, 1, 1000) and options.times
      or mistake(admin.line, "times must be a whole number from 1 to 1000 (got %s)",
        shown(options.times))
  end
end

local BLIND_MS_MAX = 60000

local function service_row(path, name, values)
  local numbers = {}
  if type(name) ~= "string" then
    mistake_at(path, "world: write each service with its name, like router = { ... }")
  end
  if type(values) ~= "table" or values.word then
    mistake_at(path, "what the world says of %s must be a table, like { ignores_term = true } "
      .. "(got %s)", name, shown(values))
  end
  fill(path, values, service_fields, "word", numbers)
  fill_exit(path, values, numbers)
  fill_children(path, values, numbers)
  fill_admin(values, numbers)
  if values.clients then
    fill(path .. "\0clients", values.clients, client_fields, "word of clients", numbers)
    if numbers.replicas and numbers.replicas < 1 then
      mistake_at(path .. "\0clients\0replicas", "there must be at least 1 of replicas")
    end
    if (numbers.blind or 0) > BLIND_MS_MAX then
      mistake_at(path .. "\0clients\0blind", "blind must be at most %d seconds",
        BLIND_MS_MAX // 1000)
    end
  end
  return { name = name, line = line_of(path), numbers = numbers }
end

-- container = { throttled = 0.07, outside = hangs() }: what is not of one service
local function container_numbers(values, numbers)
  if values == nil then return end
  fill("container", checked("container", "table", values), container_fields, "word of container",
    numbers)
  local orphans, shells = numbers.orphans or 0, numbers.shells or 0
  if orphans + shells > core.limits.orphans then
    mistake_at("container", "container: at most %d orphans and shells", core.limits.orphans)
  end
  if (numbers.throttled or 0) >= 100 then
    mistake_at("container\0throttled", "throttled is a part of each 0.1 s, such as 0.07")
  end
  if not values.outside then return end
  if next(values.outside.options) then
    mistake_at("container\0outside", "outside: all servers are the same, write refuses()")
  end
  numbers.outside = values.outside.admin
end

core.check_names, core.service_row = check_names, service_row
core.container_numbers = container_numbers
