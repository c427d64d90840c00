//! How high up each item stands: as level with its neighbours as the items above and below it allow.

use std::ops::Range;

use super::layers::Neighbours;

/// How often the heights are evened out, in either direction.
const ROUNDS: usize = 6;

/// What an item takes up around its height, and what it belongs with.
#[derive(Clone, Copy, Default)]
pub(super) struct Room {
    /// Pixels needed above.
    pub(super) up: f64,
    /// Pixels needed below.
    pub(super) down: f64,
    /// Pixels to keep free on either side of that.
    pub(super) gap: f64,
    /// The band; heights are measured within it.
    pub(super) band: usize,
    /// Whether this is only a line's way through the layer.
    pub(super) is_line: bool,
}

/// Heights within each item's band. `near` lists further items to stand close to, in the same layer.
pub(super) fn settle(
    layers: &[Vec<usize>],
    rooms: &[Room],
    left: &Neighbours,
    right: &Neighbours,
    near: &Neighbours,
) -> Vec<f64> {
    let mut height = vec![0.0; rooms.len()];
    for group in layers.iter().flat_map(|layer| groups(layer, rooms)) {
        let mut y = 0.0;
        for pair in 0..group.len() {
            if pair > 0 {
                y += apart(rooms[group[pair - 1]], rooms[group[pair]]);
            }
            height[group[pair]] = y;
        }
    }
    let mut wish = Vec::new();
    // The last pass goes with the flow, so that a line runs straight on until something is in its way.
    for pass in 0..=ROUNDS * 2 {
        let forwards = pass % 2 == 0;
        let neighbours = if forwards { left } else { right };
        for step in 0..layers.len() {
            let layer = &layers[if forwards { step } else { layers.len() - 1 - step }];
            for group in groups(layer, rooms) {
                wish.clear();
                for &item in group {
                    let all = || {
                        let near = neighbours.get(item).iter().chain(near.get(item));
                        near.copied().filter(|&n| rooms[n].band == rooms[item].band)
                    };
                    // Like follows like: a row of nodes and a line's way both run straight on.
                    let like = |n: &usize| rooms[*n].is_line == rooms[item].is_line;
                    let picky = all().any(|n| like(&n));
                    let (mut sum, mut weight) = (0.0, 0.0);
                    for n in all().filter(|n| !picky || like(n)) {
                        sum += height[n];
                        weight += 1.0;
                    }
                    // Lines give way to nodes: a bent line is a smaller evil than a bent row of nodes.
                    let firm = if rooms[item].is_line { 0.05 } else { 1.0 };
                    wish.push(if weight > 0.0 {
                        (sum / weight, weight * firm)
                    } else {
                        (height[item], 0.01)
                    });
                }
                spread(group, rooms, &wish, &mut height);
            }
        }
    }
    height
}

/// Makes lines' ways through layers level for as long as what is above and below them allows. A way prefers
/// the heights of its ends.
pub(super) fn level(
    layers: &[Vec<usize>],
    rooms: &[Room],
    ways: impl Iterator<Item = (Range<usize>, [usize; 2])>,
    height: &mut [f64],
) {
    let mut around = vec![(None, None); rooms.len()];
    for group in layers.iter().flat_map(|layer| groups(layer, rooms)) {
        for pair in group.windows(2) {
            around[pair[0]].1 = Some(pair[1]);
            around[pair[1]].0 = Some(pair[0]);
        }
    }
    for (way, ends) in ways {
        let mut start = way.start;
        while start < way.end {
            let (mut low, mut high, mut sum) = (f64::NEG_INFINITY, f64::INFINITY, 0.0);
            let mut end = start;
            for item in start..way.end {
                let (above, below) = around[item];
                let from = above.map_or(low, |a| low.max(height[a] + apart(rooms[a], rooms[item])));
                let to = below.map_or(high, |b| high.min(height[b] - apart(rooms[item], rooms[b])));
                if from > to || (item > start && rooms[item].band != rooms[start].band) {
                    break;
                }
                (low, high, end) = (from, to, item + 1);
                sum += height[item];
            }
            // Rounding can leave no room at all; such an item stays where it is.
            if end == start {
                start += 1;
                continue;
            }
            let fits = |item: &usize| {
                rooms[*item].band == rooms[start].band && (low..=high).contains(&height[*item])
            };
            let wish = ends.iter().find(|end| fits(end)).map(|&end| height[end]);
            let y = wish.unwrap_or(sum / (end - start) as f64).clamp(low, high);
            height[start..end].fill(y);
            start = end;
        }
    }
}

/// The runs of one band in a layer.
fn groups<'a>(layer: &'a [usize], rooms: &'a [Room]) -> impl Iterator<Item = &'a [usize]> {
    layer.chunk_by(|&a, &b| rooms[a].band == rooms[b].band)
}

fn apart(above: Room, below: Room) -> f64 {
    above.down + above.gap.max(below.gap) + below.up
}

/// Gives each of the group the height it wishes for, as near as their order and room allow: the least
/// weighted squares, by pooling neighbours that would overlap.
fn spread(group: &[usize], rooms: &[Room], wish: &[(f64, f64)], height: &mut [f64]) {
    // Each pool: the mean of its members' wishes less their offsets, its weight, its number of members.
    let mut pools: Vec<(f64, f64, usize)> = Vec::with_capacity(group.len());
    let mut offset = 0.0;
    for (i, &(y, weight)) in wish.iter().enumerate() {
        if i > 0 {
            offset += apart(rooms[group[i - 1]], rooms[group[i]]);
        }
        let mut pool = (y - offset, weight, 1);
        while let Some(&(mean, w, members)) = pools.last() {
            if mean <= pool.0 {
                break;
            }
            pools.pop();
            let total = w + pool.1;
            pool = ((mean * w + pool.0 * pool.1) / total, total, members + pool.2);
        }
        pools.push(pool);
    }
    let mut members = group.iter().enumerate();
    let mut offset = 0.0;
    for (mean, _, size) in pools {
        for (i, &item) in members.by_ref().take(size) {
            if i > 0 {
                offset += apart(rooms[group[i - 1]], rooms[item]);
            }
            height[item] = mean + offset;
        }
    }
}
