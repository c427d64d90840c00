//! Which layer each item comes in, and in which order the items of a layer stand.

/// How often each layer is put in order after its neighbours, in either direction.
const SWEEPS: usize = 4;

/// Neighbours of each item: a compressed list of lists.
pub(super) struct Neighbours {
    start: Vec<usize>,
    list: Vec<usize>,
}

impl Neighbours {
    /// The lists of second values for each first value.
    pub(super) fn of(count: usize, pairs: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let mut start = vec![0; count + 1];
        for (a, _) in pairs.clone() {
            start[a + 1] += 1;
        }
        for i in 0..count {
            start[i + 1] += start[i];
        }
        let mut next = start.clone();
        let mut list = vec![0; start[count]];
        for (a, b) in pairs {
            list[next[a]] = b;
            next[a] += 1;
        }
        Self { start, list }
    }

    pub(super) fn get(&self, item: usize) -> &[usize] {
        &self.list[self.start[item]..self.start[item + 1]]
    }
}

/// The outcome of layering.
pub(super) struct Layers {
    /// Each item's layer, from 0.
    pub(super) layer: Vec<usize>,
    /// Whether each edge runs against the layers' direction, or from an item to itself.
    pub(super) back: Vec<bool>,
    /// The connected part that each item belongs to, numbered in the items' order.
    pub(super) part: Vec<usize>,
    /// Each item's place in the order in which the flow was walked.
    pub(super) walked: Vec<usize>,
}

/// Layers by longest path, after turning the edges that close rings.
pub(super) fn assign(edges: &[(usize, usize)], is_start: &[bool]) -> Layers {
    let count = is_start.len();
    // The edge's index stands in for its end, so that parallel edges stay apart.
    let leaving = Neighbours::of(count, edges.iter().enumerate().map(|(e, edge)| (edge.0, e)));
    let mut entered = vec![false; count];
    for (from, to) in edges {
        entered[*to] |= from != to;
    }
    let starts = (0..count).filter(|&i| is_start[i]);
    let roots: Vec<usize> = starts.chain((0..count).filter(|&i| !entered[i])).chain(0..count).collect();

    let mut back = vec![false; edges.len()];
    let mut state = vec![0_u8; count];
    let mut finished = Vec::with_capacity(count);
    let mut stack: Vec<(usize, usize)> = Vec::new();
    for root in roots {
        if state[root] == 0 {
            state[root] = 1;
            stack.push((root, 0));
        }
        while let Some((item, next)) = stack.last_mut() {
            let item = *item;
            if let Some(&edge) = leaving.get(item).get(*next) {
                *next += 1;
                let to = edges[edge].1;
                match state[to] {
                    0 => {
                        state[to] = 1;
                        stack.push((to, 0));
                    }
                    1 => back[edge] = true,
                    _ => {}
                }
            } else {
                state[item] = 2;
                finished.push(item);
                stack.pop();
            }
        }
    }

    // Backwards, the order of finishing is a topological one of the turned graph.
    let turned = || {
        edges
            .iter()
            .zip(&back)
            .filter(|((from, to), _)| from != to)
            .map(|(&(from, to), &back)| if back { (to, from) } else { (from, to) })
    };
    let onwards = Neighbours::of(count, turned());
    let mut layer = vec![0; count];
    let mut walked = vec![0; count];
    for (place, &item) in finished.iter().rev().enumerate() {
        walked[item] = place;
        for &to in onwards.get(item) {
            layer[to] = layer[to].max(layer[item] + 1);
        }
    }
    // What nothing leads to stands right before what it leads to, unless it starts the flow.
    let mut led_to = vec![false; count];
    for (_, to) in turned() {
        led_to[to] = true;
    }
    for item in 0..count {
        if !led_to[item] && !is_start[item] {
            let first = onwards.get(item).iter().map(|&to| layer[to]).min();
            layer[item] = first.map_or(0, |first: usize| first.saturating_sub(1));
        }
    }
    Layers { layer, back, part: parts(count, edges), walked }
}

/// The connected part that each item belongs to.
fn parts(count: usize, edges: &[(usize, usize)]) -> Vec<usize> {
    let mut above: Vec<usize> = (0..count).collect();
    fn root(above: &mut [usize], mut item: usize) -> usize {
        while above[item] != item {
            above[item] = above[above[item]];
            item = above[item];
        }
        item
    }
    for &(a, b) in edges {
        let (a, b) = (root(&mut above, a), root(&mut above, b));
        above[a.max(b)] = a.min(b);
    }
    (0..count).map(|item| root(&mut above, item)).collect()
}

/// Puts each layer in an order with few crossings. `key` holds what binds more: band and part.
pub(super) fn order<K: Ord>(
    layers: &mut [Vec<usize>],
    key: impl Fn(usize) -> K,
    left: &Neighbours,
    right: &Neighbours,
    count: usize,
) {
    let mut place = vec![0_usize; count];
    let note = |layer: &[usize], place: &mut [usize]| {
        for (at, &item) in layer.iter().enumerate() {
            place[item] = at;
        }
    };
    for layer in layers.iter_mut() {
        layer.sort_by_key(|&item| key(item));
        note(layer, &mut place);
    }
    let mut mean = vec![0.0_f64; count];
    for sweep in 0..SWEEPS * 2 {
        let forwards = sweep % 2 == 0;
        let neighbours = if forwards { left } else { right };
        for step in 0..layers.len() {
            let layer = &mut layers[if forwards { step } else { layers.len() - 1 - step }];
            for &item in layer.iter() {
                let near = neighbours.get(item);
                mean[item] = if near.is_empty() {
                    place[item] as f64
                } else {
                    near.iter().map(|&n| place[n] as f64).sum::<f64>() / near.len() as f64
                };
            }
            layer.sort_by(|&a, &b| {
                key(a).cmp(&key(b)).then(mean[a].total_cmp(&mean[b])).then(place[a].cmp(&place[b]))
            });
            note(layer, &mut place);
        }
    }
}
