/* The integral of lua/evidence.lua, which explains it. In C since it has a hundred steps. */
#include <math.h>

#include "engine/state.h"

/* In seconds; of the integral, at first, and later a share of the silence, so that a long one is
 * as quick. */
#define STEP_SECONDS 0.02
#define STEP_SHARE 0.02

/* f(t): how probable it is that routing moves away just then. */
static double density(double t, double m)
{
    double cube = t / m * (t / m) * (t / m); /* pow costs more than all the rest */

    return t > 0 ? 3 * cube / t / ((1 + cube) * (1 + cube)) : 0;
}

/* core.silence_weight(from, to, a, m, r) -> the integral over [from, to] of
 * f(u) exp(-r (u - a)) du; all but the rate r are in seconds */
static int l_silence_weight(lua_State *L)
{
    double at = luaL_checknumber(L, 1), to = luaL_checknumber(L, 2), a = luaL_checknumber(L, 3);
    double m = luaL_checknumber(L, 4), r = luaL_checknumber(L, 5), weight = 0;

    while (at < to) {
        double step = fmin(fmax(STEP_SECONDS, STEP_SHARE * (at - a)), to - at);
        double middle = at + step / 2;

        weight += density(middle, m) * exp(-r * (middle - a)) * step;
        at += step;
    }
    lua_pushnumber(L, weight);
    return 1;
}

void module_evidence_open(lua_State *L)
{
    static const luaL_Reg functions[] = {{"silence_weight", l_silence_weight}, {NULL, NULL}};

    luaL_setfuncs(L, functions, 0);
}
