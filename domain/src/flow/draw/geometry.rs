//! Rectangles, points and lines.

use super::super::graph::{Bounds, Point};

/// Nothing is drawn further out than this, so that sums stay exact enough to draw.
const FAR: f64 = 1e9;

/// The rectangle, if its numbers make one that can be drawn.
pub(super) fn sound(b: Bounds) -> Option<Bounds> {
    let Bounds { x, y, width, height } = b;
    let near = [x, y, width, height].iter().all(|v| v.is_finite() && v.abs() <= FAR);
    (near && width >= 0.0 && height >= 0.0).then_some(b)
}

/// The points that can be drawn, if they make a line.
pub(super) fn sound_line(points: &[Point]) -> Option<Vec<Point>> {
    let near = |p: &Point| [p.x, p.y].iter().all(|v| v.is_finite() && v.abs() <= FAR);
    let mut line: Vec<Point> = points.iter().copied().filter(near).collect();
    line.dedup();
    (line.len() > 1).then_some(line)
}

pub(super) const fn point(x: f64, y: f64) -> Point {
    Point { x, y }
}

pub(super) const fn rect(x: f64, y: f64, width: f64, height: f64) -> Bounds {
    Bounds { x, y, width, height }
}

pub(super) fn centre(b: Bounds) -> Point {
    point(b.x + b.width / 2.0, b.y + b.height / 2.0)
}

pub(super) fn right(b: Bounds) -> f64 {
    b.x + b.width
}

pub(super) fn bottom(b: Bounds) -> f64 {
    b.y + b.height
}

/// The rectangle, smaller by `by` on every side.
pub(super) fn inset(b: Bounds, by: f64) -> Bounds {
    rect(b.x + by, b.y + by, (b.width - 2.0 * by).max(0.0), (b.height - 2.0 * by).max(0.0))
}

/// Where the line from the rectangle's centre towards `to` leaves the rectangle.
pub(super) fn clip(b: Bounds, to: Point) -> Point {
    let c = centre(b);
    let (dx, dy) = (to.x - c.x, to.y - c.y);
    let reach = |half: f64, d: f64| if d.abs() < 1e-9 { f64::INFINITY } else { half / d.abs() };
    let t = reach(b.width / 2.0, dx).min(reach(b.height / 2.0, dy)).min(1.0);
    point(c.x + dx * t, c.y + dy * t)
}

/// Whether a point lies inside the rectangle, not on its edge.
pub(super) fn is_inside(b: Bounds, p: Point) -> bool {
    b.x < p.x && p.x < right(b) && b.y < p.y && p.y < bottom(b)
}

/// The line without the part at its start that runs inside the rectangle. One that never leaves it stays whole.
pub(super) fn leaving(mut line: Vec<Point>, b: Bounds) -> Vec<Point> {
    let Some(out) = line.iter().position(|p| !is_inside(b, *p)).filter(|&out| out > 0) else { return line };
    let (from, to) = (line[out - 1], line[out]);
    let reach = |at: f64, to: f64, low: f64, high: f64| match to - at {
        0.0 => f64::INFINITY,
        way => (if way > 0.0 { high - at } else { low - at }) / way,
    };
    let part = reach(from.x, to.x, b.x, right(b)).min(reach(from.y, to.y, b.y, bottom(b))).min(1.0);
    let edge = point(from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part);
    if line.len() == out + 1 && edge == to {
        return line;
    }
    line.splice(..out, [edge]);
    line.dedup();
    line
}

/// A straight line between the edges of two rectangles.
pub(super) fn straight(a: Bounds, b: Bounds) -> Vec<Point> {
    vec![clip(a, centre(b)), clip(b, centre(a))]
}

/// A line of level and upright pieces between the edges of two rectangles.
pub(super) fn elbow(a: Bounds, b: Bounds) -> Vec<Point> {
    let (ca, cb) = (centre(a), centre(b));
    let mut line = if b.x >= right(a) {
        let middle = f64::midpoint(right(a), b.x);
        vec![point(right(a), ca.y), point(middle, ca.y), point(middle, cb.y), point(b.x, cb.y)]
    } else if b.y >= bottom(a) || bottom(b) <= a.y {
        let (from, to) = if b.y >= bottom(a) { (bottom(a), b.y) } else { (a.y, bottom(b)) };
        let middle = f64::midpoint(from, to);
        vec![point(ca.x, from), point(ca.x, middle), point(cb.x, middle), point(cb.x, to)]
    } else {
        let under = bottom(a).max(bottom(b)) + 20.0;
        vec![point(ca.x, bottom(a)), point(ca.x, under), point(cb.x, under), point(cb.x, bottom(b))]
    };
    simplify(&mut line);
    line
}

/// Drops points that the line would pass through anyway.
pub(super) fn simplify(line: &mut Vec<Point>) {
    let mut kept: Vec<Point> = Vec::with_capacity(line.len());
    for &p in line.iter() {
        while let [.., a, b] = kept[..] {
            if (a.x == b.x && b.x == p.x) || (a.y == b.y && b.y == p.y) {
                kept.pop();
            } else {
                break;
            }
        }
        if kept.last() != Some(&p) {
            kept.push(p);
        }
    }
    *line = kept;
}

/// The distance between two points.
pub(super) fn distance(a: Point, b: Point) -> f64 {
    (b.x - a.x).hypot(b.y - a.y)
}

/// The unit vector from one point to another; to the right when they are one.
pub(super) fn heading(from: Point, to: Point) -> Point {
    let length = distance(from, to);
    if length < 1e-9 { point(1.0, 0.0) } else { point((to.x - from.x) / length, (to.y - from.y) / length) }
}

/// The point in the middle of a line's length.
pub(super) fn halfway(line: &[Point]) -> Point {
    let mut rest = line.windows(2).map(|w| distance(w[0], w[1])).sum::<f64>() / 2.0;
    for w in line.windows(2) {
        let (d, long) = (heading(w[0], w[1]), distance(w[0], w[1]));
        if rest <= long {
            return point(w[0].x + d.x * rest, w[0].y + d.y * rest);
        }
        rest -= long;
    }
    line.last().copied().unwrap_or_default()
}

/// The ends of the line's longest piece.
pub(super) fn longest_piece(line: &[Point]) -> Option<(Point, Point)> {
    line.windows(2).map(|w| (w[0], w[1])).max_by(|a, b| distance(a.0, a.1).total_cmp(&distance(b.0, b.1)))
}
