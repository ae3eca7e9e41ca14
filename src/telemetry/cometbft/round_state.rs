//! The round that is being decided: votes as CometBFT prints them, joined with the validators' exact powers.
//! Pure. The ratio that the node prints is rounded to two digits and never used.

use serde::Deserialize;

use super::parse::WireMember;
use crate::domain::observation::Failure;
use crate::domain::time::At;
use crate::domain::votes::{Tally, Vote, Voter, Votes};
use crate::telemetry::json::{self, Num};

/// Steps of a round, by their number in the reply.
const STEPS: [&str; 9] =
    ["", "new height", "new round", "propose", "prevote", "prevote wait", "precommit", "precommit wait", "commit"];

/// One validator's vote as it was printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// The first twelve characters of its address, where it voted.
    pub address: Option<String>,
    /// What it voted.
    pub vote: Vote,
}

/// Votes of one kind in one round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roll {
    /// By the validator's place in the set.
    pub votes: Vec<Printed>,
    /// The power seen and the power of all, as integers beside the bit array.
    pub power: Option<(u64, u64)>,
}

/// What the node says of the round it is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoundState {
    /// Height to be decided.
    pub height: u64,
    /// Round.
    pub round: u64,
    /// Step, 1 to 8.
    pub step: u8,
    /// When this height's first round began (may lie ahead of now).
    pub start: Option<At>,
    /// First votes of this round.
    pub prevotes: Roll,
    /// Second votes of this round.
    pub precommits: Roll,
    /// The proposer's address.
    pub proposer: Option<String>,
    /// The set with powers, where the reply has it.
    pub set: Vec<(String, u64)>,
    /// Height and round at which peers are, where the reply has it.
    pub peers: Vec<(u64, u64)>,
}

impl RoundState {
    /// The step in words.
    #[must_use]
    pub fn step_name(&self) -> &'static str {
        STEPS.get(usize::from(self.step)).copied().unwrap_or_default()
    }
}

#[derive(Deserialize)]
struct WireReply {
    round_state: WireRound,
    #[serde(default)]
    peers: Option<Vec<WirePeer>>,
}

#[derive(Deserialize)]
struct WireRound {
    #[serde(rename = "height/round/step", default)]
    hrs: Option<String>,
    #[serde(default)]
    height: Option<Num>,
    #[serde(default)]
    round: Option<Num>,
    #[serde(default)]
    step: Option<Num>,
    #[serde(default)]
    start_time: Option<At>,
    #[serde(default, alias = "votes")]
    height_vote_set: Option<Vec<WireVotes>>,
    #[serde(default)]
    proposer: Option<WireProposer>,
    #[serde(default)]
    validators: Option<WireSet>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct WireVotes {
    round: Num,
    prevotes: Option<Vec<String>>,
    prevotes_bit_array: String,
    precommits: Option<Vec<String>>,
    precommits_bit_array: String,
}

#[derive(Deserialize)]
struct WireProposer {
    #[serde(default)]
    address: String,
}

#[derive(Deserialize)]
struct WireSet {
    validators: Vec<WireMember>,
    #[serde(default)]
    proposer: Option<WireProposer>,
}

#[derive(Deserialize)]
struct WirePeer {
    #[serde(default)]
    peer_state: Option<WirePeerState>,
}

#[derive(Deserialize)]
struct WirePeerState {
    round_state: WirePeerRound,
}

#[derive(Deserialize)]
struct WirePeerRound {
    height: Num,
    // A peer that has not said where it is stands at round −1.
    #[serde(default)]
    round: Option<serde_json::Value>,
}

/// Reads `/consensus_state`.
///
/// # Errors
/// When height, round and step cannot be read.
pub fn consensus_state(result: &str) -> Result<RoundState, Failure> {
    read(result, "consensus_state")
}

/// Reads `/dump_consensus_state`, which has the powers and the peers' rounds besides.
///
/// # Errors
/// When height, round and step cannot be read.
pub fn dump_consensus_state(result: &str) -> Result<RoundState, Failure> {
    read(result, "dump_consensus_state")
}

fn read(result: &str, what: &str) -> Result<RoundState, Failure> {
    let wire: WireReply = json::read(result.as_bytes(), what)?;
    let refuse = || json::refuse(result.as_bytes(), what, "height, round and step are missing");
    let round_state = wire.round_state;
    let (height, round, step) = match &round_state.hrs {
        Some(text) => hrs(text).ok_or_else(refuse)?,
        None => {
            let step = round_state.step.and_then(|s| u8::try_from(s.0).ok()).ok_or_else(refuse)?;
            (round_state.height.ok_or_else(refuse)?.0, round_state.round.ok_or_else(refuse)?.0, step)
        }
    };
    let sets = round_state.height_vote_set.unwrap_or_default();
    let now = sets.into_iter().find(|v| v.round.0 == round).unwrap_or_default();
    let set = round_state.validators;
    let proposer = round_state.proposer.or_else(|| set.as_ref().and_then(|s| s.proposer.as_ref()).map(copy));
    let peers = wire.peers.unwrap_or_default().into_iter().filter_map(|p| p.peer_state);
    Ok(RoundState {
        height,
        round,
        step,
        start: round_state.start_time,
        prevotes: roll(now.prevotes, &now.prevotes_bit_array),
        precommits: roll(now.precommits, &now.precommits_bit_array),
        proposer: proposer.map(|p| p.address).filter(|a| !a.is_empty()),
        set: set.map(|s| s.validators.into_iter().map(|m| (m.address, m.voting_power.0)).collect()).unwrap_or_default(),
        peers: peers.map(|p| (p.round_state.height.0, peer_round(p.round_state.round.as_ref()))).collect(),
    })
}

fn copy(proposer: &WireProposer) -> WireProposer {
    WireProposer { address: proposer.address.clone() }
}

fn peer_round(round: Option<&serde_json::Value>) -> u64 {
    let number = round.and_then(|r| r.as_u64().or_else(|| r.as_str()?.parse().ok()));
    number.unwrap_or(0)
}

/// `9752742/0/6`
fn hrs(text: &str) -> Option<(u64, u64, u8)> {
    let mut parts = text.split('/');
    let read = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(read)
}

fn roll(votes: Option<Vec<String>>, bits: &str) -> Roll {
    Roll { votes: votes.unwrap_or_default().iter().map(|v| printed(v)).collect(), power: power(bits) }
}

/// `nil-Vote`, or `Vote{4:62633D9DB7ED 9752742/00/1(Prevote) 20D641F717D4 26E18EAF959C @ 2019-…}`.
/// A hash of zeros is a vote for nil: seen, but not for the block.
fn printed(text: &str) -> Printed {
    let Some(inner) = text.strip_prefix("Vote{") else { return Printed::default() };
    let mut words = inner.split_whitespace();
    let address = words.next().and_then(|w| w.split_once(':')).map(|(_, a)| a.to_owned());
    let hash = words.nth(1).unwrap_or_default();
    let vote = match hash {
        "" => Vote::Absent,
        zeros if zeros.bytes().all(|b| b == b'0') => Vote::Nil,
        _ => Vote::Block,
    };
    Printed { address, vote }
}

/// The two integers of `BA{11:_xx_xxxx_xx} 800/1100 = 0.73`.
fn power(bits: &str) -> Option<(u64, u64)> {
    let (_, rest) = bits.rsplit_once("} ")?;
    let (seen, rest) = rest.split_once('/')?;
    let total = rest.split_whitespace().next()?;
    Some((seen.parse().ok()?, total.parse().ok()?))
}

/// Votes with exact powers: `set` is `/validators` at the same height, in its own order. `None` when the two do not fit
/// (another height's set): the powers would be somebody else's.
#[must_use]
pub fn join(state: &RoundState, set: &[(String, u64)]) -> Option<Votes> {
    let count = state.prevotes.votes.len();
    if set.is_empty() || count != set.len() || state.precommits.votes.len() != count {
        return None;
    }
    let total = set.iter().fold(0_u64, |sum, (_, power)| sum.saturating_add(*power));
    let told = state.prevotes.power.map(|(_, total)| total);
    if told.is_some_and(|told| told != total) {
        return None;
    }
    let mut votes = Votes {
        height: Some(state.height),
        round: state.round,
        step: state.step_name().to_owned(),
        prevotes: Tally { total, ..Tally::default() },
        precommits: Tally { total, ..Tally::default() },
        voters: Vec::with_capacity(count),
    };
    for ((address, power), (prevote, precommit)) in
        set.iter().zip(state.prevotes.votes.iter().zip(&state.precommits.votes))
    {
        let fits = |p: &Printed| p.address.as_ref().is_none_or(|a| address.starts_with(a.as_str()));
        if !fits(prevote) || !fits(precommit) {
            return None;
        }
        count_in(&mut votes.prevotes, prevote.vote, *power);
        count_in(&mut votes.precommits, precommit.vote, *power);
        votes.voters.push(Voter {
            name: address.clone(),
            power: Some(*power),
            prevote: prevote.vote,
            precommit: precommit.vote,
        });
    }
    votes.rank();
    Some(votes)
}

fn count_in(tally: &mut Tally, vote: Vote, power: u64) {
    match vote {
        Vote::Block => tally.block = tally.block.saturating_add(power),
        Vote::Nil => tally.nil = tally.nil.saturating_add(power),
        Vote::Absent => {}
    }
}
