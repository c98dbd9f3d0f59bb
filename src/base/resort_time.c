#include "base/resort_time.h"

enum {
    END_MS = 100,       /* kept for the last lines, before the deadline ends it all, */
    END_PARTS = 20,     /* but no more than such a part of what is left */
    KILL_MS = 500,      /* kept for the kills at the end: a throttled container stalls */
    KILL_PARTS = 8,
    INTERRUPTED_MS = 2000
};

static int64_t least_ms(int64_t one_ms, int64_t other_ms)
{
    return one_ms < other_ms ? one_ms : other_ms;
}

struct resort_time resort_time(int64_t now_ms, int64_t deadline_ms)
{
    int64_t left_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 0;
    int64_t end_ms = now_ms + left_ms - least_ms(END_MS, left_ms / END_PARTS);

    return (struct resort_time){
        .stop_by_ms = end_ms - least_ms(KILL_MS, left_ms / KILL_PARTS),
        .end_ms = end_ms,
    };
}

int64_t resort_drain_by_ms(const struct resort_time *time, int64_t now_ms,
                           int64_t shutdown_began_ms)
{
    return least_ms(shutdown_began_ms + RESORT_DRAIN_MS,
                    now_ms + (time->stop_by_ms - now_ms) / 2);
}

int64_t resort_share_by_ms(int64_t now_ms, int64_t by_ms, int alive)
{
    return by_ms <= now_ms ? now_ms : now_ms + (by_ms - now_ms) / (alive > 0 ? alive : 1);
}

int64_t resort_others_by_ms(const struct resort_time *time, int64_t now_ms)
{
    int64_t half_ms = (time->end_ms - now_ms) / 2;

    return time->interruptions > 1 ? now_ms : now_ms + least_ms(RESORT_OTHERS_MS, half_ms);
}

void resort_time_interrupt(struct resort_time *time, int64_t now_ms)
{
    int64_t limit_ms = now_ms + (time->interruptions++ == 0 ? INTERRUPTED_MS : 0);

    time->stop_by_ms = least_ms(time->stop_by_ms, limit_ms);
}
