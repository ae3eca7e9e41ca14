//! Where the others of the same chain stand: a node that is behind often says that it is not, for it knows no better.
//! Must not know what a node says of itself.

use std::collections::BTreeMap;

use super::history::median_and_mad;
use super::limits::Limits;
use super::peer_view::PeerView;
use super::track::Track;
use crate::domain::id::NodeId;
use crate::domain::time::At;

/// Fewest others for a comparison: of two that differ nobody knows which is right.
const FEWEST: usize = 3;

/// Seconds after which a node's height says nothing about now.
const FRESH_S: f64 = 30.0;

/// The heights of the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Crowd {
    /// Their median.
    pub median: f64,
    /// The median absolute deviation, blocks.
    pub mad: f64,
    /// How many they are.
    pub members: usize,
}

/// The others of this node's chain, as far as they spoke lately; `None` when they are fewer than three.
pub(super) fn crowd(
    tracks: &BTreeMap<NodeId, Track>,
    peers: &[PeerView],
    own: &Track,
    limits: &Limits,
    now: At,
) -> Option<Crowd> {
    let spec = &own.spec;
    let alike = |t: &&Track| t.spec.id != spec.id && t.same_chain(own);
    let fresh = |t: &&Track| t.heard().is_some_and(|at| now.since(at).as_secs_f64() <= FRESH_S) && !t.lost();
    let nodes = tracks.values().filter(alike).filter(fresh).filter_map(Track::height);
    let believed = |p: &&PeerView| {
        let same = p.network.is_empty() || p.network == spec.network;
        same && p.trusted && now.since(p.at).as_secs_f64() <= limits.peer_fresh_s
    };
    let theirs = peers.iter().filter(believed).filter_map(|p| {
        let heights = p.nodes.iter().filter(|n| n.family == Some(spec.family)).filter_map(|n| n.height);
        heights.max().map(as_f64)
    });
    let heights: Vec<f64> = nodes.chain(theirs).collect();
    let members = heights.len();
    if members < FEWEST {
        return None;
    }
    let (median, mad) = median_and_mad(heights)?;
    Some(Crowd { median, mad, members })
}

#[expect(clippy::cast_precision_loss, reason = "heights stay exact below 2^53")]
const fn as_f64(n: u64) -> f64 {
    n as f64
}
