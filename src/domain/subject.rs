//! What people ask to be watched besides nodes: a query to a Prometheus, a log file, a contract; and the limits they set.
//! Must not know how it is read, nor in which file it is written.

use std::path::PathBuf;

use crate::domain::signal::SignalId;
use crate::domain::signal::Worse;
use crate::domain::slo::SloSpec;

/// What a line of the health pane stands for when it is no endpoint of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// A PromQL query.
    Query(QuerySpec),
    /// A log file.
    Log(LogSpec),
    /// A contract on an EVM chain.
    Contract(ContractSpec),
    /// Alerts that an Alertmanager posts to us.
    Webhook(WebhookSpec),
    /// An objective of other lines, and where what was measured is kept.
    Slo(SloSpec, Option<Place>),
}

/// Where alerts are posted to us. Who has to prove themselves is said by the line's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookSpec {
    /// An address and port of this machine's loopback: `127.0.0.1:9095`.
    pub listen: String,
    /// Where what fires is kept over restarts.
    pub place: Option<Place>,
}

/// Where something is kept over restarts: what was measured for an objective, what was posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// Whether we write it; whoever only looks on reads.
    pub writes: bool,
}

/// A query to a Prometheus server.
#[derive(Clone, Debug, PartialEq)]
pub struct QuerySpec {
    /// PromQL; its result is an instant vector or a scalar.
    pub expr: String,
    /// Which of several series is the worst: the highest, or the lowest.
    pub worse: Worse,
    /// The value that an empty result stands for; without it an empty result is unknown.
    pub empty: Option<f64>,
}

/// A log file that is followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSpec {
    /// Where it is.
    pub file: PathBuf,
    /// A line that matches one of these counts.
    pub patterns: Vec<String>,
    /// Unless it matches one of these.
    pub ignore: Vec<String>,
}

/// A contract, and what of it is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractSpec {
    /// `0x` and forty lower-case hex digits.
    pub address: String,
    /// `withdraw(uint256)`: calls of these count; every call to the contract, when there are none.
    pub functions: Vec<String>,
    /// `Paused(address)`: events of these count; every event of the contract, when there are none.
    pub events: Vec<String>,
    /// A value that is read.
    pub value: Option<ContractValue>,
    /// Decimal places of that value: 18 turns wei into ether.
    pub decimals: u32,
}

/// Where a contract's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContractValue {
    /// What the contract holds of the chain's own coin.
    Balance,
    /// A word of its storage: `0x0`.
    Slot(String),
    /// What a function without parameters returns first: `totalSupply()`.
    Call(String),
}

/// Limits that somebody set for one signal of one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Bounds {
    /// Of which signal.
    pub signal: SignalId,
    /// Which way it gets worse.
    pub worse: Worse,
    /// Warn beyond this.
    pub warn: Option<f64>,
    /// Bad beyond this.
    pub bad: Option<f64>,
    /// Its unit, where the catalogue cannot know it; empty for none.
    pub unit: String,
}

impl Bounds {
    /// Whether a value lies beyond a limit.
    #[must_use]
    pub fn beyond(&self, value: f64, limit: Option<f64>) -> bool {
        limit.is_some_and(|limit| match self.worse {
            Worse::Down => value < limit,
            Worse::Up | Worse::Neither => value > limit,
        })
    }
}
