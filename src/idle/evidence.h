/* What is known about who still sends work here, from how often new connections came before the
 * shutdown (arrivals.h), how long routing usually takes to move away, and who came since. From
 * these, the expected number of failures if we left now.
 *
 *   E(t) = P(still routed at t | silence since a) x (rate x stay + SHARE x away x back)
 *   prior of the routing delay: S(t) = 1 / (1 + (t / m)^3), f = -S'
 *   posterior: n / (n + w), n = S(t) exp(-H(t)), w = integral over [a, t] of f(u) exp(-H(u))
 *
 * t: seconds since the signal; a: the last new connection after it; m: the routing knob; rate: new
 * connections a second, the damage if we left while still routed; stay: the mean time for which it
 * stays routed. H: how many would have come since a, were it still routed.
 *
 * Two kinds of people come. Some are new: H grows by `proof` a second, which is less than their
 * rate, since too high a rate makes silence prove too much. The others are our own clients: told to
 * close, each comes back to *some* replica when it sends its next request. Those who were told and
 * have not come back yet are `away`: after s seconds exp(-use x s) of them, where `use` is how
 * often a kept connection was used. Each comes back here with a probability that we do not know:
 * one in two for the damage that they do (SHARE), one in ten for what their silence proves (PROOF).
 * back: the part of them that comes before routing has moved.
 *
 * And some are still here, never told, and send nothing: who sends while the service exits is lost.
 *
 * So a busy pool that was told, and of which nobody comes back, proves within a moment that routing
 * has moved; and while routing leads here, we do not leave between the last two of them.
 *
 * All times in seconds. */
#ifndef LASTCALL_IDLE_EVIDENCE_H
#define LASTCALL_IDLE_EVIDENCE_H

/* The estimate at t, if nobody came since a. */
struct evidence {
    double rate, proof; /* connections a second */
    double use;         /* requests a second of a kept connection */
    double m;           /* above 0 */
    double t;
    double w, missed;   /* missed: H */
    double away, told, told_at;
    double came;        /* connections since the signal */
    double proves;      /* the part of those away whose silence counts */
};

/* use: 0 where it is not known. */
struct evidence evidence_begin(double rate, double proof, double use, double m);

/* Nobody was seen until t: what is known then need not be worked out again. */
void evidence_on_nobody(struct evidence *evidence, double t);

/* So many connected, the last of them at t: whatever silence had proved is void. */
void evidence_on_connections(struct evidence *evidence, double t, double connections);

/* So many connections were told to close since the last call, evenly until t: the more came early,
 * the fewer of them are really still away. */
void evidence_on_told(struct evidence *evidence, double t, double connections);

/* E(t), if nobody comes until then. */
double evidence_failures(const struct evidence *evidence, double t);

/* Seconds of silence that it takes from t on until E may be low enough; 0: it is. It takes hardly
 * less, maybe more: E falls by proof x (1 - P) + 1 / stay, for those who are away by how often they
 * come besides, and the mean stay only grows. */
double evidence_least_silence(const struct evidence *evidence, double t, double tolerance);

/* How many requests of so many kept connections that nobody told to close will be lost at the exit,
 * if they have sent nothing for `silent` seconds. use: INFINITY where it is not known. How often
 * they send together is not known: the less, the longer they are silent (the mean of an exponential
 * prior untold x use, given no request). */
double evidence_lost_at_exit(double untold, double use, double silent);

/* Seconds of silence after which they lose no more than that. */
double evidence_exit_silence(double untold, double use, double tolerance);

#endif
