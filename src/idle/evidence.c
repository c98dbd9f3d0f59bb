#include "idle/evidence.h"

#include <math.h>
#include <stdbool.h>

#define SHARE 0.5
#define PROOF 0.1        /* at first; when some have come back here, CERTAIN times as many as did */
#define CERTAIN 0.7
#define EXIT_SECONDS 0.015 /* from TERM until Envoy has closed its connections (measured, 1.40.0) */
#define LONG_SECONDS 5     /* of silence: more are not asked for, however low the tolerance is */
#define ROOT_OF_3 1.7320508075688772

/* The steps of the integral, at first, and later a share of the silence, so that a long one is as
 * quick; and in which no more than so many would have come. */
#define STEP_SECONDS 0.1
#define STEP_SHARE 0.05
#define STEP_CAME 0.5
#define NOTHING 1e-6

static double cube(double x)
{
    return x * x * x; /* pow costs more than all the rest */
}

/* S(t) */
static double still_routed(double t, double m)
{
    return 1 / (1 + cube(t / m));
}

/* f(t): how probable it is that routing moves away just then. */
static double density(double t, double m)
{
    double x = cube(t / m);

    return t > 0 ? 3 * x / t / ((1 + x) * (1 + x)) : 0;
}

/* The mean time that routing stays, given that it has stayed until t: the integral of S from t on,
 * divided by S(t). The antiderivative of 1 / (1 + x^3) has a closed form. */
static double mean_stay(double t, double m)
{
    double x = t / m;
    double antiderivative = log(1 + x) / 3 - log(x * x - x + 1) / 6 +
                            atan((2 * x - 1) / ROOT_OF_3) / ROOT_OF_3;

    return m * (M_PI / (2 * ROOT_OF_3) - antiderivative) / still_routed(t, m);
}

/* The integral over [from, to] of f(u) exp(-r (u - from)) du: in each step f is that of its middle,
 * and the rest is exact. It ends where nothing is added any more, for r may be thousands. */
static double weight(double from, double to, double m, double r)
{
    double sum = 0, silent = 1; /* silent: exp(-r (at - from)) */

    for (double at = from; at < to && silent > NOTHING;) {
        double longest = fmin(fmax(STEP_SECONDS, STEP_SHARE * (at - from)), STEP_CAME / r);
        double step = fmin(longest, to - at), comes = -expm1(-r * step);

        sum += density(at + step / 2, m) * silent * (r > 0 ? comes / r : step);
        silent *= 1 - comes;
        at += step;
    }
    return sum;
}

struct evidence evidence_begin(double rate, double proof, double use, double m)
{
    return (struct evidence){.rate = rate, .proof = proof, .use = use, .m = m, .proves = PROOF};
}

static bool nobody_comes(const struct evidence *evidence)
{
    return evidence->rate <= 0 && evidence->away * evidence->use <= 0;
}

/* As it is at t, if nobody has come since. */
static struct evidence projected(const struct evidence *evidence, double t)
{
    struct evidence then = *evidence;
    double seconds = t - evidence->t, missed;

    if (seconds <= 0)
        return then;
    then.t = t;
    then.away = evidence->away * exp(-evidence->use * seconds);
    missed = evidence->proof * seconds + evidence->proves * (evidence->away - then.away);
    then.w += exp(-evidence->missed) * weight(evidence->t, t, evidence->m, missed / seconds);
    then.missed += missed;
    return then;
}

/* E at the time of the estimate; *stay: the mean stay. */
static double expected(const struct evidence *now, double *stay)
{
    double n = still_routed(now->t, now->m) * exp(-now->missed), back;

    *stay = mean_stay(now->t, now->m);
    if (n + now->w <= 0)
        return 0;
    back = now->use * *stay / (1 + now->use * *stay);
    return n / (n + now->w) * (now->rate * *stay + SHARE * now->away * back);
}

void evidence_on_nobody(struct evidence *evidence, double t)
{
    if (!nobody_comes(evidence))
        *evidence = projected(evidence, t);
}

/* How many of those who were told came back here says how many would, were it still routed. */
void evidence_on_connections(struct evidence *evidence, double t, double connections)
{
    double seen;

    *evidence = projected(evidence, t);
    evidence->w = evidence->missed = 0;
    evidence->came += connections;
    seen = CERTAIN * (evidence->came - evidence->rate * t) /
           fmax(evidence->told - evidence->away, 1);
    evidence->proves = fmin(fmax(seen, PROOF), SHARE);
}

void evidence_on_told(struct evidence *evidence, double t, double connections)
{
    double gone = evidence->use * (t - evidence->told_at);

    *evidence = projected(evidence, t);
    evidence->told_at = t;
    evidence->told += connections;
    evidence->away += connections * (gone > 0 ? (1 - exp(-gone)) / gone : 1);
}

double evidence_failures(const struct evidence *evidence, double t)
{
    struct evidence then;
    double stay;

    if (nobody_comes(evidence))
        return 0;
    then = projected(evidence, t);
    return expected(&then, &stay);
}

double evidence_least_silence(const struct evidence *evidence, double t, double tolerance)
{
    struct evidence then;
    double failures, stay, fall;

    if (nobody_comes(evidence))
        return 0;
    then = projected(evidence, t);
    failures = expected(&then, &stay);
    if (failures <= tolerance)
        return 0;
    fall = evidence->proof + 1 / stay;
    if (evidence->away > 0)
        fall += evidence->use * (1 + evidence->proves * evidence->away);
    return log(failures / fmax(tolerance, 1e-9)) / fall;
}

double evidence_lost_at_exit(double untold, double use, double silent)
{
    if (untold <= 0 || silent >= LONG_SECONDS)
        return 0;
    return EXIT_SECONDS / (1 / (untold * use) + silent);
}

double evidence_exit_silence(double untold, double use, double tolerance)
{
    if (untold <= 0)
        return 0;
    return fmin(EXIT_SECONDS / tolerance - 1 / (untold * use), LONG_SECONDS);
}
