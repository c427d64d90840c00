//! The free strips between layers, where lines run up and down on tracks.

use std::collections::{BTreeMap, HashMap};

/// From one track to the next, in pixels.
const TRACK: f64 = 12.0;
/// Between the first or last track and the layer beside it, in pixels.
const EDGE: f64 = 20.0;
/// More tracks than this are not opened; lines then share them.
const MOST: usize = 40;
/// How far apart two lines on a track must end, in pixels.
const CLEAR: f64 = 8.0;

/// One piece of a line's way: within a channel, from one height to another.
#[derive(Clone, Copy)]
pub(super) struct Hop {
    /// The channel: its number is that of the layer on its right.
    pub(super) channel: usize,
    pub(super) from: f64,
    pub(super) to: f64,
    /// Hops of one channel with the same bundle share a track, as those do that leave the same node.
    pub(super) bundle: Option<(bool, usize)>,
}

/// Where tracks lie in their channels.
pub(super) struct Tracks {
    /// The track of each hop; none for a hop that stays level.
    pub(super) track: Vec<Option<usize>>,
    /// How many tracks each channel has.
    pub(super) count: Vec<usize>,
}

impl Tracks {
    /// How wide a channel with this many tracks must be, in pixels.
    pub(super) fn width(&self, channel: usize) -> f64 {
        match self.count[channel] {
            0 => 2.0 * EDGE,
            count => 2.0 * EDGE + (count - 1) as f64 * TRACK,
        }
    }

    /// How far a hop's track is from its channel's left side, in pixels.
    pub(super) fn offset(&self, hop: usize) -> Option<f64> {
        self.track[hop].map(|track| EDGE + track as f64 * TRACK)
    }
}

/// Hops that share a track.
struct Bundle {
    top: f64,
    bottom: f64,
    /// Positive when most of it goes down.
    down: f64,
    from: f64,
    hops: Vec<usize>,
}

/// Gives every hop that goes up or down a track.
pub(super) fn tracks(channels: usize, hops: &[Hop]) -> Tracks {
    let mut bundles: Vec<Vec<Bundle>> = Vec::new();
    bundles.resize_with(channels, Vec::new);
    let mut known: HashMap<(usize, (bool, usize)), usize> = HashMap::new();
    for (i, hop) in hops.iter().enumerate() {
        if hop.from == hop.to {
            continue;
        }
        let list = &mut bundles[hop.channel];
        let at = match hop.bundle {
            Some(bundle) => *known.entry((hop.channel, bundle)).or_insert(list.len()),
            None => list.len(),
        };
        if at == list.len() {
            list.push(Bundle {
                top: hop.from,
                bottom: hop.from,
                down: 0.0,
                from: hop.from,
                hops: Vec::new(),
            });
        }
        let bundle = &mut list[at];
        bundle.top = bundle.top.min(hop.from).min(hop.to);
        bundle.bottom = bundle.bottom.max(hop.from).max(hop.to);
        bundle.down += hop.to - hop.from;
        bundle.hops.push(i);
    }
    let mut tracks = Tracks { track: vec![None; hops.len()], count: vec![0; channels] };
    for (channel, mut list) in bundles.into_iter().enumerate() {
        // Going down, what starts lowest turns first; going up, what starts highest: such lines do not cross.
        list.sort_by(|a, b| {
            let key = |x: &Bundle| if x.down > 0.0 { (true, -x.from) } else { (false, x.from) };
            let (a, b) = (key(a), key(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
        // For each track its pieces by their tops; heights in hundredths make them keys.
        let mut taken: Vec<BTreeMap<i64, i64>> = Vec::new();
        for bundle in list {
            let [top, bottom] = [bundle.top - CLEAR, bundle.bottom + CLEAR].map(|y| (y * 100.0) as i64);
            let is_free = |track: &BTreeMap<i64, i64>| {
                track.range(..bottom).next_back().is_none_or(|(_, &end)| end <= top)
            };
            let track = taken.iter().position(is_free).unwrap_or_else(|| {
                if taken.len() < MOST {
                    taken.push(BTreeMap::new());
                    taken.len() - 1
                } else {
                    bundle.hops[0] % MOST
                }
            });
            let end = taken[track].entry(top).or_insert(bottom);
            *end = bottom.max(*end);
            for hop in bundle.hops {
                tracks.track[hop] = Some(track);
            }
        }
        tracks.count[channel] = taken.len();
    }
    tracks
}
