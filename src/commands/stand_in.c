#include "commands/stand_in.h"

#include <stdio.h>
#include <string.h>

#include "standin/standin.h"

static const char usage[] =
    "usage: lastcall stand-in NAME DIRECTORY [drains] [PARAMETER=VALUE...] [-- ARGUMENTS]\n"
    "a service that behaves as described (lastcall chaos --real uses it): its socket is\n"
    "DIRECTORY/NAME.sock, with \"drains\" its Envoy admin is DIRECTORY/NAME-admin.sock. The\n"
    "parameters are those of src/sim/README.md, times in ms: exit=2000 deaf=1\n";

int stand_in_main(char **arguments)
{
    struct standin_config config;
    const char *wrong;
    int code;

    if (standin_parse(arguments, &config, &wrong) < 0) {
        if (wrong)
            fprintf(stderr, "lastcall stand-in: '%s' is not understood\n", wrong);
        fputs(usage, stderr);
        return 2;
    }
    code = standin_run(&config);
    if (code >= 0)
        return code;
    fprintf(stderr, "lastcall stand-in %s: %s\n", config.name, strerror(-code));
    return 1;
}
