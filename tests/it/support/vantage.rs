//! Several nodes of one simulated network as their sources would tell them, each on a chain of its own choice.

use std::collections::BTreeMap;

use warroom::domain::event::{NodeState, Scope};
use warroom::domain::observation::{Answer, ChainBlock, ChainTiming, Failure, Family, Reading, Tip};
use warroom::domain::signal::SignalId;
use warroom::domain::time::At;
use warroom::domain::verdict::{Judge, Limits, PeerNodeView, PeerView, ScopeVerdict};
use warroom::domain::votes::{Tally, Vote, Voter, Votes};
use warroom::domain::watch::NodeSpec;

use crate::support::sim::{at, failed, ok, scopes};

/// Seconds between two blocks, and between two polls.
pub const BLOCK_S: i64 = 2;

/// One node and the chain that it follows.
#[derive(Clone, Debug)]
pub struct Node {
    pub name: &'static str,
    pub family: Family,
    pub mine: bool,
    pub via: Option<&'static str>,
    pub version: &'static str,
    /// The chain it says it is on; empty when it does not say.
    pub chain: &'static str,
    /// Above this height its blocks are of the branch of this name.
    pub branch: Option<(u64, &'static str)>,
    /// It takes no block after this second.
    pub stuck_at: Option<i64>,
    /// It is so many blocks behind, and each new one looks as fresh as the others'.
    pub late: u64,
    /// It does not answer.
    pub silent: bool,
    pub peers: f64,
    /// Of ten validators, those whose votes it sees while the height is undecided.
    pub votes: Option<Vec<usize>>,
}

impl Node {
    pub fn own(name: &'static str, family: Family) -> Self {
        Self {
            name,
            family,
            mine: true,
            via: None,
            version: "",
            chain: "",
            branch: None,
            stuck_at: None,
            late: 0,
            silent: false,
            peers: 40.0,
            votes: None,
        }
    }

    pub fn other(name: &'static str, family: Family) -> Self {
        Self { mine: false, ..Self::own(name, family) }
    }

    pub fn spec(&self) -> NodeSpec {
        let spec = NodeSpec::new(self.name, self.family, "http://127.0.0.1:1", "net");
        NodeSpec { mine: self.mine, via: self.via.map(str::to_owned), ..spec }
    }

    /// The hash at a height on this node's chain.
    pub fn hash(&self, height: u64) -> String {
        let branch = self.branch.filter(|(from, _)| height > *from).map_or("main", |(_, name)| name);
        let mixed = branch.bytes().fold(height.wrapping_mul(0x9e37_79b9_7f4a_7c15), |h, b| {
            (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3).rotate_left(17)
        });
        format!("0x{mixed:016x}{height:08x}")
    }

    pub fn height(&self, second: i64) -> u64 {
        u64::try_from(1_000_000 + self.stuck_at.unwrap_or(second).min(second) / BLOCK_S).unwrap() - self.late
    }

    /// What its source tells at this second; `asked` are heights that it was asked for.
    pub fn answer(&self, second: i64, asked: &[u64]) -> Result<Answer, Failure> {
        if self.silent {
            return Err(Failure::TimedOut { after_ms: 3_000 });
        }
        let height = self.height(second);
        let head_age = second - (i64::try_from(height + self.late).unwrap() - 1_000_000) * BLOCK_S;
        let float = |n: i64| f64::from(i32::try_from(n).unwrap());
        let mut readings = vec![
            Reading::number(SignalId::HEIGHT, float(i64::try_from(height).unwrap()), "simulated"),
            Reading::number(SignalId::HEAD_AGE, float(head_age), "simulated"),
            Reading::number(SignalId::PEERS, self.peers, "simulated"),
        ];
        if !self.version.is_empty() {
            readings.push(Reading::text(SignalId::VERSION, self.version, "simulated"));
        }
        let timing = ChainTiming { block_s: float(BLOCK_S), slots_per_epoch: Some(32), from_protocol: true };
        Ok(Answer {
            readings,
            tip: Some(Tip {
                height,
                hash: self.hash(height).as_str().into(),
                parent: Some(self.hash(height - 1).as_str().into()),
            }),
            blocks: asked
                .iter()
                .map(|h| ChainBlock { height: *h, hash: Some(self.hash(*h).as_str().into()) })
                .collect(),
            chain: Some(self.chain.into()).filter(|_| !self.chain.is_empty()),
            timing: Some(timing),
            votes: self.votes.as_ref().map(|seen| Box::new(votes(height + 1, seen))),
            ..Answer::default()
        })
    }
}

/// Ten validators of equal power; those of `seen` have voted.
fn votes(height: u64, seen: &[usize]) -> Votes {
    let voter = |i: usize| Voter {
        name: format!("VAL{i}"),
        power: Some(10),
        prevote: if seen.contains(&i) { Vote::Block } else { Vote::Absent },
        precommit: Vote::Absent,
    };
    Votes {
        height: Some(height),
        round: 0,
        step: "prevote".into(),
        prevotes: Tally { block: 10 * seen.len() as u64, nil: 0, total: 100 },
        precommits: Tally { block: 0, nil: 0, total: 100 },
        voters: (0..10).map(voter).collect(),
    }
}

/// An operator's word about one node of its own.
pub fn word(operator: &str, second: i64, node: PeerNodeView) -> PeerView {
    PeerView {
        operator: operator.into(),
        network: "net".into(),
        via: None,
        trusted: true,
        at: at(second),
        height: node.height,
        finalized: None,
        state: node.state,
        scope: None,
        nodes: vec![node],
    }
}

/// A node of an operator, of this client and state.
pub fn peer_node(client: &str, version: &str, state: NodeState) -> PeerNodeView {
    PeerNodeView {
        id: "n1".into(),
        client: client.into(),
        version: version.into(),
        state: Some(state),
        ..PeerNodeView::default()
    }
}

/// Everybody polled every [`BLOCK_S`] seconds, questions answered with the next poll.
pub struct World {
    pub judge: Judge,
    pub asked: BTreeMap<String, Vec<u64>>,
    /// Blocks asked for in all, by node.
    pub requests: BTreeMap<String, usize>,
    pub said: Vec<(At, Scope)>,
}

impl World {
    pub fn new(nodes: &[Node]) -> Self {
        let specs: Vec<NodeSpec> = nodes.iter().map(Node::spec).collect();
        let judge = Judge::new(&specs, Limits { peer_fresh_s: 1e9, ..Limits::default() });
        Self { judge, asked: BTreeMap::new(), requests: BTreeMap::new(), said: Vec::new() }
    }

    /// Lives through these seconds.
    pub fn live(&mut self, nodes: &[Node], seconds: std::ops::Range<i64>) {
        for s in seconds.step_by(usize::try_from(BLOCK_S).unwrap()) {
            for node in nodes {
                let asked = self.asked.remove(node.name).unwrap_or_default();
                let seen = match node.answer(s, &asked) {
                    Ok(answer) => ok(node.name, s, answer),
                    Err(failure) => failed(node.name, s, failure),
                };
                let said = scopes(&self.judge.observe(&seen));
                self.said.extend(said.into_iter().map(|c| (at(s), c.to)));
            }
            let said = scopes(&self.judge.tick(at(s)));
            self.said.extend(said.into_iter().map(|c| (at(s), c.to)));
            for question in self.judge.questions(at(s)) {
                *self.requests.entry(question.node.to_string()).or_default() += question.heights.len();
                self.asked.entry(question.node.to_string()).or_default().extend(question.heights);
            }
        }
    }

    pub fn scope(&self) -> &ScopeVerdict {
        self.judge.scope()
    }

    pub fn evidence(&self) -> String {
        self.judge.scope().evidence.join("\n")
    }

    /// The second at which this scope was first said.
    pub fn first(&self, scope: Scope) -> Option<i64> {
        self.said.iter().find(|(_, s)| *s == scope).map(|(when, _)| when.since(at(0)).secs())
    }
}
