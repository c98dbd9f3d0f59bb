/* What each primitive of a policy returns, in the words that lua/ promises. The world of an
 * example: see example_run. */
#include "engine_fixture.h"

static const struct example time_examples[] = {
    {"sleep is true when it was whole", "log(sleep(2), elapsed())", "log       true 2.0\n"},
    {"sleep takes fractions of a second", "sleep(0.25) log(elapsed())", "log       0.25\n"},
    {"sleep of less than nothing is a millisecond", "log(sleep(-5), elapsed())",
     "log       true 0.001\n"},
    {"sleep is false when the deadline shortened it", "log(sleep(3600))",
     "log       false no time left\n"},
    {"sleep for ever is shortened too", "log(sleep(math.huge))", "false no time left\n"},
    {"a shortened sleep is said with what was wanted", "sleep(3600)", "sleep(3600) after 25.5 s"},
    {"sleep refuses a text", "sleep('5')",
     "shutdown.lua:1: sleep: the time must be a number of seconds, like 5 (got the text \"5\")"},
    {"sleep refuses nothing", "sleep()", "(got nothing)"},
    {"sleep refuses what is not a number", "sleep(0/0)", "must be a number of seconds"},
    {"remaining falls as time passes", "local a = remaining() sleep(1) log(a - remaining())",
     "log       1.0\n"},
    {"elapsed counts from the signal", "log(elapsed())", "log       0.0\n"},
};

static const struct example process_examples[] = {
    {"stop is true and exited", "log(stop('web'))", "log       true exited\n"},
    {"stop twice is already", "stop('web') log(stop('web'))", "log       true already\n"},
    {"stop names an unknown service and the nearest", "local who = 'wep' stop(who)",
     "shutdown.lua:1: unknown service 'wep' - did you mean 'web'?"},
    {"stop refuses a number as a service", "stop(5)",
     "stop: the service must be a text in quotes (got 5)"},
    {"stop names the option that was meant", "stop('web', { timout = 1 })",
     "shutdown.lua:1: unknown option of stop 'timout' - did you mean 'timeout'?"},
    {"stop refuses an option of the wrong kind", "stop('web', { kill = 1 })",
     "stop: kill must be true or false (got 1)"},
    {"stop refuses a number where options are", "stop('web', 5)",
     "stop: what follows must be a table, like { name = \"value\" } (got 5)"},
    {"stop names signals when one is unknown", "stop('web', { signal = 'TREM' })",
     "shutdown.lua:1: there is no signal 'TREM': TERM, INT, QUIT"},
    {"stop by another signal", "log(stop('web', { signal = 'QUIT' }))", "true exited"},
    {"wait_exit is false when it stays", "log(wait_exit('web', { timeout = 1 }))",
     "log       false timeout\n"},
    {"wait_exit is true with the exit code", "signal('web', 'TERM') log(wait_exit('web'))",
     "log       true 0\n"},
    {"signal is true when it was sent", "log(signal('web', 'HUP'))", "log       true\n"},
    {"signal is false when nobody is there", "stop('web') log(signal('web', 'HUP'))",
     "log       false not running\n"},
    {"signal takes SIG before the name", "log(signal('web', 'SIGHUP'))", "log       true\n"},
    {"signal refuses nothing", "signal('web')", "signal: the signal must be a text"},
    {"kill_pid reaches a process of the container", "log(kill_pid(1000))", "log       true\n"},
    {"kill_pid does not touch others", "log(kill_pid(1001))", "log       false not ours\n"},
    {"kill_pid says when nobody is there", "log(kill_pid(4242, 'HUP'))", "false not running\n"},
    {"kill_pid refuses 1", "kill_pid(1)", "kill_pid: the pid must be a whole number above 1"},
    {"kill_pid refuses less", "kill_pid(-1)", "kill_pid: the pid must be a whole number above 1"},
    {"kill_pid refuses fractions", "kill_pid(2.5)", "must be a whole number above 1"},
    {"kill_pid refuses what no pid can be", "log(kill_pid(2^32 + 1000))",
     "kill_pid: the pid must be a whole number above 1"},
    {"alive follows the service", "log(alive('web')) stop('web') log(alive('web'))",
     "log       true\n"},
    {"alive is false afterwards", "stop('web') log(alive('web'))", "log       false\n"},
    {"pid is a number while it runs", "log(pid('db'))", "log       2\n"},
    {"pid is nothing afterwards", "stop('web') log(pid('web'))", "log       nil\n"},
    {"processes are in the order in which they stop", "log(table.concat(processes(), ' '))",
     "log       web db\n"},
};

static const struct example drain_examples[] = {
    {"drain is true when the service took it", "log(drain('web'))", "log       true\n"},
    {"drain is false when it does not run", "stop('web') log(drain('web'))",
     "log       false not running\n"},
    {"drain is false for a service that cannot", "local who = 'db' log(drain(who))",
     "log       false no drain\n"},
    {"wait_idle is unknown for a service that cannot say", "local who = 'db' log(wait_idle(who))",
     "log       false unknown\n"},
    {"in_flight is unknown for a service that cannot say", "local who = 'db' log(in_flight(who))",
     "log       nil unknown\n"},
    {"in_flight is a number", "log(in_flight('web'))", "log       0\n"},
    {"in_flight is nothing when it does not run", "stop('web') log(in_flight('web'))",
     "log       nil not running\n"},
    {"wait_idle is true, with seconds and failures", "drain('web') log(wait_idle('web'))",
     "log       true 1.0"},
    {"wait_idle is exited when it does not run", "stop('web') log(wait_idle('web'))",
     "log       false exited\n"},
    {"wait_idle waits for at least min", "drain('web') wait_idle('web', { min = 7 })"
     " log(elapsed() >= 7, elapsed() < 7.6)", "log       true true\n"},
    {"wait_idle ends at its timeout", "log(wait_idle('web', { timeout = 0.5 }))",
     "log       false timeout\n"},
    {"wait_idle names its options", "wait_idle('web', { tolerence = 1 })",
     "did you mean 'tolerance'?"},
};

static const struct example request_examples[] = {
    {"http.get is status and body", "local a = http.get('http://good/x') log(a.status, a.body)",
     "log       200 {\"a\": [1, true, null, \"x\"]}\n"},
    {"http.get says the status of a failure", "log(http.get('http://bad/'))",
     "log       nil status 404\n"},
    {"http.post does as well", "log(http.post('http://bad/', { body = 'x' }))",
     "log       nil status 404\n"},
    {"http.get times out", "log(http.get('http://hangs/', { timeout = 1 })) log(elapsed())",
     "log       nil timeout\n   1.000  -                log       1.0\n"},
    {"http.get is refused", "log(http.get('http://refuses/'))", "log       nil refused\n"},
    {"http.get is reset", "log(http.get('http://resets/'))", "log       nil reset\n"},
    {"http.get does not take too much", "log(http.get('http://floods/'))",
     "log       nil unknown\n"},
    {"http.get has all the time there is", "log(http.get('http://hangs/', { timeout ="
     " math.huge })) log(elapsed())", "log       nil timeout\n"},
    {"http.get refuses what is no address", "http.get('good')",
     "shutdown.lua:1: 'good' is not an address: http://host:port/path"},
    {"http.get takes headers", "log(http.get('http://good/', { headers = { A = 'b' } }).status)",
     "log       200\n"},
    {"http.get refuses more headers than it sends",
     "local h = {} for i = 1, 17 do h['X-' .. i] = 'y' end http.get('http://good/',"
     " { headers = h })", "http.get: at most 16 headers"},
    {"http knows get and post only", "http.put('http://good/')",
     "shutdown.lua:1: unknown function http 'put'"},
    {"json reads objects and arrays", "local v = json(http.get('http://good/').body)"
     " log(v.a[1], v.a[2], v.a[3], v.a[4])", "log       1 true nil x\n"},
    {"json reads single values", "log(json('1.5'), json('\"x\"'), json('true'), json('null'))",
     "log       1.5 x true nil\n"},
    {"json says what is wrong", "log(json('{'))", "log       nil "},
    {"json refuses a table", "json({})", "json: the text must be a text in quotes (got a table)"},
    {"json of great depth is a value or a reason", "local t = {} for i = 1, 3000 do t[i] = '['"
     " end log(json(table.concat(t)))", "log       nil "},
};

static const struct example system_examples[] = {
    {"run is true with the output", "log(run({ 'says' }))", "log       true hello\n"},
    {"run is false with the code and the output", "log(run({ 'fails' }))",
     "log       false exit 3 oh no\n"},
    {"run kills at the timeout", "log(run({ 'hangs' }, { timeout = 1 })) log(elapsed())",
     "log       false timeout\n   1.000  -                log       1.0\n"},
    {"run does not begin when no time is left", "sleep(99) log(run({ 'says' }))",
     "log       false no time left\n"},
    {"run has all the time there is", "log(run({ 'says' }, { timeout = math.huge }))",
     "log       true hello\n"},
    {"run refuses a line of shell", "run('rm -rf /')",
     "run: the command must be a list, like { \"one\", \"two\" }"},
    {"run refuses an empty command", "run({})", "run: the command is empty"},
    {"run refuses words that are no texts", "run({ 'says', 5 })",
     "run: word 2 of the command must be a text in quotes (got 5)"},
    {"write_file is true", "log(write_file('/x', 'y'))", "log       true\n"},
    {"write_file refuses nothing", "write_file('/x')",
     "write_file: the content must be a text in quotes (got nothing)"},
    {"env is the default when it is not set", "log(env('NONE', 'x'), env('NONE'))",
     "log       x nil\n"},
    {"env_seconds needs a default", "env_seconds('NONE')",
     "env_seconds: the default must be a number of seconds"},
    {"env_port needs a default", "env_port('NONE')", "env_port: the default must be"},
    {"exit_code refuses what is none", "exit_code(256)", "a whole number from 0 to 255"},
    {"exit_code refuses fractions", "exit_code(1.5)", "a whole number from 0 to 255"},
    {"log takes any values", "log(1, nil, true, {}, 'x')", "log       1 nil true table x\n"},
    {"print is log", "print('x')", "log       x\n"},
    {"a warning is said as one", "warn('careful')", "warning   careful\n"},
    {"shutdown says why", "log(shutdown.cause, shutdown.signal, shutdown.process,"
     " shutdown.grace)", "log       signal TERM nil 30.0\n"},
    {"shutdown names what was meant", "log(shutdown.sginal)",
     "unknown name 'shutdown.sginal' - did you mean 'shutdown.signal'?"},
    {"shutdown cannot be changed", "shutdown.cause = 'x'", "shutdown cannot be changed"},
};

static const struct example flow_examples[] = {
    {"parallel waits for all", "parallel(function() sleep(1) end, function() sleep(2) end)"
     " log(elapsed())", "log       2.0\n"},
    {"parallel of nothing is done", "parallel() log('done')", "log       done\n"},
    {"parallel refuses what is no function", "local x = stop('db') parallel(x)",
     "parallel: argument 1 must be a function, like function() ... end (got true)"},
    {"parallel raises the first error after all have ended",
     "local ok, why = pcall(parallel, function() error('no') end, function() sleep(1)"
     " log('other') end) log(ok, why, elapsed())", "log       false shutdown.lua:1: no 1.0\n"},
    {"parallel lets the others go on after an error",
     "pcall(parallel, function() error('no') end, function() sleep(1) log('other') end)",
     "log       other\n"},
    {"race gives the number and the results of the first",
     "log(race(function() sleep(2) return 'a' end, function() sleep(1) return 'b', 'c' end))",
     "log       2 b c\n"},
    {"race takes the first of its arguments when two end at once",
     "log(race(function() sleep(1) return 'a' end, function() sleep(1) return 'b' end))",
     "log       1 a\n"},
    {"race raises what the first has raised",
     "log(pcall(race, function() sleep(1) error('x', 0) end, function() sleep(2) end))",
     "log       false x\n"},
    {"race refuses nothing", "race()", "race: argument 1 must be a function"},
    {"with_timeout gives the results", "log(with_timeout(5, function() return 1, nil, 3 end))",
     "log       true 1 nil 3\n"},
    {"with_timeout ends what takes longer",
     "local a, b = with_timeout(1, function() sleep(5) log('never') end) log(a, b, elapsed())",
     "log       false timeout 1.0\n"},
    {"with_timeout of for ever does not end it",
     "log(with_timeout(math.huge, function() sleep(2) return 'x' end))", "log       true x\n"},
    {"with_timeout of nothing lets what does not wait pass",
     "log(with_timeout(0, function() return 'x' end))", "log       true x\n"},
    {"with_timeout raises what was raised", "with_timeout(1, function() error('bad') end)",
     "shutdown.lua:1: bad"},
    {"the tighter of two limits wins",
     "local a, b = with_timeout(5, function() return with_timeout(1, function() sleep(9) end)"
     " end) log(a, b, elapsed())", "log       true false 1.0\n"},
    {"an outer limit ends the inner one",
     "local a, b = with_timeout(1, function() return with_timeout(5, function() sleep(9) end)"
     " end) log(a, b, elapsed())", "log       false timeout 1.0\n"},
    {"retry returns what is true at last",
     "local n = 0 log(retry({ times = 5, delay = 1 }, function() n = n + 1 return n == 3 and n"
     " end), elapsed())", "log       3 2.0\n"},
    {"retry returns the last failure", "log(retry({ times = 2, delay = 1 }, function() return"
     " false, 'no' end))", "log       false no\n"},
    {"retry refuses zero times", "retry({ times = 0 }, function() end)",
     "retry: times must be at least 1"},
    {"flow can be nested",
     "local a parallel(function() a = race(function() retry({ times = 9, delay = 1 }, function()"
     " return false end) end, function() with_timeout(2, function() sleep(9) end) end) end,"
     " function() sleep(1) end) log(a, elapsed())", "log       2 2.0\n"},
    {"sixty branches at once are possible",
     "local t = {} for i = 1, 60 do t[i] = function() sleep(i / 10) end end"
     " parallel(table.unpack(t)) log(elapsed())", "log       6.0\n"},
    {"too many branches are a mistake",
     "local t = {} for i = 1, 70 do t[i] = function() sleep(1) end end"
     " parallel(table.unpack(t))", "shutdown.lua:1: more than 64 things at once"},
};

int main(void)
{
    return run_examples("time", time_examples) + run_examples("processes", process_examples) +
           run_examples("drain", drain_examples) + run_examples("requests", request_examples) +
           run_examples("system", system_examples) + run_examples("flow", flow_examples);
}
