"""Failures against seconds waited, a point for each cell, as SVG."""

import math

WIDTH, HEIGHT = 900, 520
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 40, 60
SECONDS = 32  # the grace is 30
FAILURES = 5000
COLOURS = {"lastcall": "#0a7d33", "plain": "#c0392b", "fixed_wait": "#2c5fb3",
           "istio": "#8e44ad", "envoy_gateway": "#d68910", "contour": "#5d6d7e"}


def x_of(seconds):
    return LEFT + (WIDTH - LEFT - RIGHT) * min(seconds, SECONDS) / SECONDS


def y_of(failures):
    """Logarithmic, with a place for 0: log(1 + failures)."""
    share = math.log1p(min(failures, FAILURES)) / math.log1p(FAILURES)
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def text(x, y, words, anchor="middle", more=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" {more}>{words}</text>'


def line(x1, y1, x2, y2, colour):
    return f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" stroke="{colour}"/>'


def axes():
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    for seconds in range(0, SECONDS + 1, 5):
        yield line(x_of(seconds), TOP, x_of(seconds), bottom, "#eee")
        yield text(x_of(seconds), bottom + 20, seconds)
    for failures in (0, 1, 3, 10, 30, 100, 300, 1000, 3000):
        yield line(LEFT, y_of(failures), right, y_of(failures), "#eee")
        yield text(LEFT - 8, y_of(failures) + 4, f"{failures:,}", "end")
    yield line(LEFT, bottom, right, bottom, "#333")
    yield line(LEFT, TOP, LEFT, bottom, "#333")
    yield text((LEFT + right) / 2, HEIGHT - 15, "seconds from SIGTERM until the router is stopped")
    yield text(18, (TOP + bottom) / 2, "failed requests of a rolling restart",
               more=f'transform="rotate(-90 18 {(TOP + bottom) / 2:.0f})"')


def point(cell, summary):
    title = (f"{cell.name}: {summary.mean_failures:.1f} failed, "
             f"{summary.mean_wait:.1f} s")
    return (f'<circle cx="{x_of(summary.mean_wait):.1f}" cy="{y_of(summary.mean_failures):.1f}" '
            f'r="5" fill="{COLOURS[cell.policy]}" fill-opacity="0.7"><title>{title}</title>'
            "</circle>")


def legend():
    for index, (policy, colour) in enumerate(COLOURS.items()):
        y = TOP + 10 + 22 * index
        yield f'<circle cx="{WIDTH - RIGHT + 25}" cy="{y}" r="5" fill="{colour}"/>'
        yield text(WIDTH - RIGHT + 38, y + 4, policy, "start")


def svg(cells):
    """`cells`: pairs of a Cell and its results.Summary."""
    ours_on_top = sorted(cells, key=lambda pair: pair[0].policy == "lastcall")
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="13" fill="#333">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        *axes(), *(point(cell, summary) for cell, summary in ours_on_top), *legend(), "</svg>\n"])
