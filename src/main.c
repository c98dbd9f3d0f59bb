/* lastcall: starts the services of a container and ends them in an orderly way. */
#include <stdio.h>
#include <string.h>

#include "commands/chaos.h"
#include "commands/chaos_real.h"
#include "commands/check.h"
#include "commands/explain.h"
#include "live/live.h"
#include "commands/run.h"
#include "commands/simulate.h"
#include "commands/verify.h"
#include "commands/stand_in.h"

static const char usage[] =
    "lastcall " LASTCALL_VERSION ": starts the services of a container, and ends them in order\n"
    "\n"
    "usage: lastcall [run] [OPTIONS] [ARGUMENTS OF SERVICES]\n"
    "       lastcall check FILE [--services FILE] [--seeds N] [--grace SECONDS] [--strict]\n"
    "                         [--json]: what is wrong with a policy, and in which shutdowns\n"
    "       lastcall explain FILE [--services FILE] [--grace SECONDS] [--json]: the timeline that\n"
    "                         it would give, usual and worst; --seed N or --world NAME: in one\n"
    "                         world; --compare OLD NEW: of two policies\n"
    "       lastcall simulate FILE [--services FILE] [--seeds N] [--from SEED] [--grace SECONDS]\n"
    "                         [--workers N] [--json]: the policy in N simulated shutdowns;\n"
    "                         --seed N --verbose [--smallest]: one\n"
    "       lastcall chaos FILE[:LINE]|FOLDER... [--policy FILE] [--services FILE]\n"
    "                         [--as NAME=YOURS] [--verbose] [--json]: scenario files, in\n"
    "                         simulated worlds\n"
    "       lastcall chaos --real FILE[:LINE]|FOLDER... | --random N [--from SEED] [--jobs N]\n"
    "                         [--policy FILE] [--services FILE] [--verbose] [--json] [--keep]\n"
    "                         [--subreaper]: scenarios or N random worlds, on real processes\n"
    "       lastcall verify FILE [--json]: what the shutdown in a --report FILE has shown\n"
    "\n"
    "  --services FILE  what to run      (/etc/lastcall/services.lua, else built in)\n"
    "  --policy FILE    how to stop it   (/etc/lastcall/shutdown.lua, else built in)\n"
    "  --grace SECONDS  from SIGTERM until the platform kills us\n"
    "                   (SHUTDOWN_GRACE_SECONDS, else 30; Kubernetes does not tell)\n"
    "  --report FILE    the timeline of the shutdown as JSON lines\n"
    "  --strict         do not start with a policy that cannot be used, or is risky\n"
    "  --no-check       do not try the policy in simulated shutdowns once all services are up,\n"
    "                   or when it is read again\n"
    "  --help, --version\n"
    "\n"
    "Arguments with a prefix that services.lua declares are passed on: --rtr.log-level debug\n"
    "gives the router --log-level debug.\n"
    "\n"
    "check looks at a policy, or with --services alone at that file, and then tries the policy in\n"
    "simulated shutdowns. Exit status: 0 sound, 1 broken, 2 risky. --strict: risky, and with\n"
    "remarks, is broken.\n"
    "\n"
    "chaos tells for each scenario whether what it expects holds; exit status 0 all of it does,\n"
    "1 else. --policy, --services: yours instead of what a scenario names. It is then judged by\n"
    "what clients felt and by the invariants alone. --as router=envoy: what scenarios say of the\n"
    "router is true of your envoy; those about services that nobody stands for are skipped.\n"
    "\n"
    "verify judges a real shutdown by the same invariants as simulate; exit status 0 sound, 1\n"
    "broken, 2 there is no shutdown in the file.\n"
    "\n"
    "SIGTERM, SIGINT and SIGQUIT stop; a second one hurries, a third kills. SIGHUP reads the\n"
    "policy's file again, and uses it if it is not broken (--strict: nor risky); else the one in\n"
    "use stays. After an edit: lastcall check FILE && kill -HUP 1\n"
    "\n"
    "exit status: 0 stopped cleanly; 1 wrong usage or files, or a service did not get ready;\n"
    "  75 a service had to be killed; 76 the deadline came first; 77 the policy failed and the\n"
    "  built-in order stopped the services; 126, 127 a service could not be executed; the code\n"
    "  of a service that exited by itself (128 + signal)\n";

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "simulate") == 0)
        return simulate_main(argc - 2, argv + 2);
    if (argc > 1 && strcmp(argv[1], "verify") == 0)
        return verify_main(argc - 2, argv + 2);
    if (argc > 1 && strcmp(argv[1], "check") == 0)
        return check_main(argc - 2, argv + 2);
    if (argc > 1 && strcmp(argv[1], "chaos") == 0 && chaos_is_real(argc - 2, argv + 2))
        return chaos_real_main(argc - 2, argv + 2);
    if (argc > 1 && strcmp(argv[1], "chaos") == 0)
        return chaos_main(argc - 2, argv + 2);
    if (argc > 1 && strcmp(argv[1], "explain") == 0)
        return explain_main(argc - 2, argv + 2);
    if (argc > 1 && strcmp(argv[1], "stand-in") == 0)
        return stand_in_main(argv + 2);
    live_signals_block();
    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
        fputs(usage, stdout);
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        puts("lastcall " LASTCALL_VERSION);
        return 0;
    }
    if (argc > 1 && strcmp(argv[1], "run") == 0)
        return run_main(argc - 2, argv + 2);
    if (argc > 1 && argv[1][0] != '-') {
        fprintf(stderr, "lastcall: there is no command '%s'; see lastcall --help\n", argv[1]);
        return 1;
    }
    return run_main(argc - 1, argv + 1);
}
