//! What is around and beside the nodes: pools with their messages, and what notes and data belong to.

use std::collections::HashMap;

use super::super::frames::BAND;
use super::super::geometry::{bottom, centre, point, rect};
use super::arrange::{AT_TOP, Insets};
use super::{Layout, Plane};

/// The height of another participant's pool, in pixels.
const POOL: f64 = 60.0;
/// Between pools, in pixels.
const APART: f64 = 70.0;

impl<'a> Layout<'a> {
    /// Arranges the top plane with its pool around it and the other pools above and below, as they are listed.
    pub(super) fn collaboration(&mut self, top: &Plane) {
        let own = self.flow.pools.iter().position(|pool| pool.own);
        let above = own.unwrap_or(0);
        let insets = if own.is_some() { Insets { left: BAND, ..AT_TOP } } else { AT_TOP };
        let start = above as f64 * (POOL + APART);
        let (wide, high) = self.arrange(top, Insets { top: start, ..insets });
        let wide = wide.max(300.0);
        let mut below = high;
        for (i, pool) in self.out.pools.iter_mut().enumerate() {
            pool.bounds = Some(if Some(i) == own {
                rect(0.0, start, wide, (high - start).max(100.0))
            } else if i < above {
                rect(0.0, i as f64 * (POOL + APART), wide, POOL)
            } else {
                below += APART + POOL;
                rect(0.0, below - POOL, wide, POOL)
            });
        }
        self.widen_lanes(wide);
        self.messages();
    }

    /// Lanes reach as far as their pool.
    fn widen_lanes(&mut self, wide: f64) {
        for lane in &mut self.out.lanes {
            if self.tree.sub_process(self.flow, lane.sub_process.as_deref()).is_none()
                && let Some(b) = &mut lane.bounds
            {
                b.width = wide - b.x;
            }
        }
    }

    /// Draws messages straight up or down between a node and a participant, several of a node side by side.
    fn messages(&mut self) {
        let pools: HashMap<&str, _> = self
            .flow
            .pools
            .iter()
            .zip(&self.out.pools)
            .filter_map(|(p, placed)| Some((p.id.as_str(), placed.bounds?)))
            .collect();
        let mut met: HashMap<usize, usize> = HashMap::new();
        for line in &mut self.out.message_flows {
            let node = |id: &str| {
                let i = self.tree.node(id).filter(|&i| self.tree.parent[i].is_none())?;
                Some((i, self.out.nodes[i].bounds?))
            };
            let (source, target) = (node(&line.source), node(&line.target));
            let from = source.map(|s| s.1).or_else(|| pools.get(line.source.as_str()).copied());
            let to = target.map(|t| t.1).or_else(|| pools.get(line.target.as_str()).copied());
            let (Some(from), Some(to)) = (from, to) else { continue };
            let Some((i, shape)) = source.or(target) else {
                line.waypoints = super::elbow(from, to);
                continue;
            };
            if source.is_some() && target.is_some() {
                line.waypoints = super::elbow(from, to);
                continue;
            }
            let nth = met.entry(i).or_insert(0);
            let aside = [0.0, 12.0, -12.0, 24.0, -24.0][*nth % 5] * (shape.width / 100.0).min(1.0);
            *nth += 1;
            let x = centre(shape).x + aside;
            let (start, end) =
                if centre(from).y < centre(to).y { (bottom(from), to.y) } else { (from.y, bottom(to)) };
            line.waypoints = vec![point(x, start), point(x, end)];
        }
    }

    /// The node that each piece of data and each note goes beside: the first that an association joins it to,
    /// be it through a line or a piece of data.
    pub(super) fn anchors(&self) -> HashMap<&'a str, usize> {
        let flow = self.flow;
        let mut anchors: HashMap<&'a str, usize> = HashMap::new();
        let lines: HashMap<&str, &str> =
            flow.sequence_flows.iter().map(|line| (line.id.as_str(), line.source.as_str())).collect();
        let node = |id: &str| {
            let id = lines.get(id).copied().unwrap_or(id);
            self.tree.node(id).map(|i| self.host[i])
        };
        // Twice, since a note may belong to data whose own node is only found on the way.
        for _ in 0..2 {
            for line in &flow.associations {
                let (source, target) = (line.source.as_str(), line.target.as_str());
                for (thing, other) in [(source, target), (target, source)] {
                    if self.tree.node(thing).is_none()
                        && let Some(found) = node(other).or_else(|| anchors.get(other).copied())
                    {
                        anchors.entry(thing).or_insert(found);
                    }
                }
            }
        }
        anchors
    }
}
