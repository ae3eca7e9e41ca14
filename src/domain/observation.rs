//! What one source said about one node at one moment. A failure is data, never an error.
//! Must not know how it was asked.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::id::NodeId;
use crate::domain::signal::SignalId;
use crate::domain::time::At;
use crate::domain::votes::Votes;

/// What kind of node it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// This machine.
    Host,
    /// Ethereum execution JSON-RPC.
    EthereumExecution,
    /// Ethereum Beacon API.
    EthereumBeacon,
    /// CometBFT RPC.
    Cometbft,
    /// Substrate JSON-RPC.
    Substrate,
    /// Solana JSON-RPC.
    Solana,
    /// Bitcoin JSON-RPC.
    Bitcoin,
    /// A Prometheus server, or any page of metrics.
    Prometheus,
    /// Prometheus's Alertmanager.
    Alertmanager,
    /// JSON over HTTP with paths to signals.
    Json,
    /// A PromQL query.
    Query,
    /// A log file.
    Log,
    /// A contract on an EVM chain.
    Contract,
    /// An objective of other lines.
    Slo,
}

impl Family {
    /// As the configuration and the headless twins write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::EthereumExecution => "ethereum-execution",
            Self::EthereumBeacon => "ethereum-beacon",
            Self::Cometbft => "cometbft",
            Self::Substrate => "substrate",
            Self::Solana => "solana",
            Self::Bitcoin => "bitcoin",
            Self::Prometheus => "prometheus",
            Self::Alertmanager => "alertmanager",
            Self::Json => "json",
            Self::Query => "query",
            Self::Log => "log",
            Self::Contract => "contract",
            Self::Slo => "slo",
        }
    }

    /// Every family, in the order of the configuration's documentation.
    pub const ALL: [Self; 14] = [
        Self::Host,
        Self::EthereumExecution,
        Self::EthereumBeacon,
        Self::Cometbft,
        Self::Substrate,
        Self::Solana,
        Self::Bitcoin,
        Self::Prometheus,
        Self::Alertmanager,
        Self::Json,
        Self::Query,
        Self::Log,
        Self::Contract,
        Self::Slo,
    ];

    /// Reads what the configuration writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.as_str() == text)
    }

    /// Whether it is a node of a chain (and so a vantage point), not a machine or a watcher of others.
    #[must_use]
    pub const fn is_chain(self) -> bool {
        !matches!(
            self,
            Self::Host
                | Self::Prometheus
                | Self::Alertmanager
                | Self::Json
                | Self::Query
                | Self::Log
                | Self::Contract
                | Self::Slo
        )
    }

    /// Whether this version has a source that watches it.
    #[must_use]
    pub const fn is_watched(self) -> bool {
        !matches!(self, Self::Json)
    }
}

/// A value of a signal.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number; heights stay exact below 2^53.
    Number(f64),
    /// A text (a version); untrusted, shown only through the sanitiser.
    Text(Arc<str>),
}

impl Answer {
    /// What the node calls itself, where it told.
    #[must_use]
    pub fn version(&self) -> Option<String> {
        let reading = self.readings.iter().find(|r| r.signal == SignalId::VERSION)?;
        match &reading.value {
            Value::Text(text) => Some(text.to_string()),
            Value::Number(_) => None,
        }
    }
}

impl Value {
    /// The number, where it is one.
    #[must_use]
    pub const fn number(&self) -> Option<f64> {
        match self {
            Self::Number(n) => Some(*n),
            Self::Text(_) => None,
        }
    }
}

/// One value with where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Which signal.
    pub signal: SignalId,
    /// Its value.
    pub value: Value,
    /// The call that gave it: `eth_getBlockByNumber latest`.
    pub source: Cow<'static, str>,
}

impl Reading {
    /// A number.
    #[must_use]
    pub const fn number(signal: SignalId, value: f64, source: &'static str) -> Self {
        Self { signal, value: Value::Number(value), source: Cow::Borrowed(source) }
    }

    /// A text.
    #[must_use]
    pub fn text(signal: SignalId, value: &str, source: &'static str) -> Self {
        Self { signal, value: Value::Text(Arc::from(value)), source: Cow::Borrowed(source) }
    }
}

/// The newest block a node holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Height or slot.
    pub height: u64,
    /// Its hash or root, `0x…`.
    pub hash: Arc<str>,
    /// Its parent's hash, where told.
    pub parent: Option<Arc<str>>,
}

/// What a node says of its chain at one height.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainBlock {
    /// Height or slot.
    pub height: u64,
    /// The hash or root of its block there; `None` when it has none there, or cannot say.
    pub hash: Option<Arc<str>>,
}

/// The chain's own clock, from which limits are made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChainTiming {
    /// Seconds a block or slot should take.
    pub block_s: f64,
    /// Slots an epoch, for chains that have them.
    pub slots_per_epoch: Option<u64>,
    /// Whether `block_s` is the protocol's own word (else learned from headers).
    pub from_protocol: bool,
}

/// An alert as Alertmanager serves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Alertmanager's fingerprint.
    pub fingerprint: String,
    /// `alertname`.
    pub name: String,
    /// Annotation `summary` or `description`.
    pub summary: String,
    /// Label `severity`.
    pub severity: String,
    /// `startsAt`.
    pub since: At,
    /// Why it is kept quiet though it fires: `silenced by …`, `inhibited by …`; `None` for one that fires.
    pub quiet: Option<String>,
}

/// All that one round of calls to a node gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Values; a method the node does not serve is simply not here.
    pub readings: Vec<Reading>,
    /// The newest block.
    pub tip: Option<Tip>,
    /// Which chain the node says it is on (chain id, name, or the moment it began): chains that differ in it are never compared.
    pub chain: Option<Arc<str>>,
    /// Blocks below the tip that the node named in this round: the first headers, what a reorganisation replaced, and what
    /// was asked for. A newer word about a height takes the older one's place.
    pub blocks: Vec<ChainBlock>,
    /// The chain's clock, where the node told it.
    pub timing: Option<ChainTiming>,
    /// For an Alertmanager: every alert that fires now.
    pub alerts: Option<Vec<Alert>>,
    /// Who has voted in the round that is being decided, where the node tells it.
    pub votes: Option<Box<Votes>>,
    /// What runs out, should the chain stand still from now on.
    pub deadlines: Vec<Deadline>,
    /// What else the family knows of itself, for a closer look; and what is unknown, with the reason.
    pub facts: Vec<Fact>,
}

/// A moment after which something cannot be undone; it matters once the chain stands still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// What kind it is: of each kind the soonest is told.
    pub kind: Cow<'static, str>,
    /// When.
    pub at: At,
    /// What ends then: `the trust of IBC client 07-tendermint-4 in hub-9`; untrusted, shown only through the sanitiser.
    pub what: String,
    /// By which figures, and what follows.
    pub basis: String,
}

/// Topic of the fact that holds the last line which matched a pattern; it is quoted as evidence.
pub const LAST_LINE: &str = "last line";

/// Topic of the fact that names the own slots that passed without a block; a verdict quotes it.
pub const OWN_MISSED: &str = "missed proposals";

/// Topic of the fact that says which own validators vote; a verdict quotes it.
pub const OWN_VOTES: &str = "own validators";

/// Longest text of a fact; a longer one is cut.
const FACT_LIMIT: usize = 400;

/// One thing worth knowing of a node that is no signal: shown in the closer look, never judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// In a word or two: `proposer`, `chain`, `unknown`.
    pub topic: Cow<'static, str>,
    /// What is so; untrusted, shown only through the sanitiser.
    pub text: String,
}

impl Fact {
    /// A fact.
    #[must_use]
    pub fn new(topic: &'static str, text: &str) -> Self {
        Self { topic: Cow::Borrowed(topic), text: text.chars().take(FACT_LIMIT).collect() }
    }

    /// A signal that is left out, and why: what a node does not serve is unknown, never zero.
    #[must_use]
    pub fn unknown(what: &str, why: &str) -> Self {
        Self::new("unknown", &format!("{what}: {why}"))
    }
}

/// Why a node gave nothing usable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nobody listens there.
    Refused,
    /// It connected, or not, and then nothing came.
    TimedOut {
        /// The limit, milliseconds.
        after_ms: u64,
    },
    /// The connection broke before or in the reply.
    Broken(String),
    /// More bytes than the limit.
    TooLarge {
        /// The limit, bytes.
        limit: u64,
    },
    /// An HTTP status that is not success.
    Status(u16),
    /// Something other than what was asked for (HTML instead of JSON).
    NotUsable(String),
    /// The name does not resolve, the certificate does not hold, the URL is wrong.
    Setup(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("connection refused: nothing listens there"),
            Self::TimedOut { after_ms } => write!(f, "no answer within {after_ms} ms"),
            Self::Broken(why) => write!(f, "the connection broke: {why}"),
            Self::TooLarge { limit } => write!(f, "the reply is over {} MiB and was cut off", limit / 1_048_576),
            Self::Status(code) => write!(f, "answered HTTP {code}"),
            Self::NotUsable(what) => write!(f, "not a usable answer: {what}"),
            Self::Setup(what) => f.write_str(what),
        }
    }
}

/// What one source said about one node at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Which node.
    pub node: NodeId,
    /// When the round ended.
    pub at: At,
    /// What it said, or why it said nothing.
    pub outcome: Result<Answer, Failure>,
}

/// One number of one signal at one moment, as the flight recorder keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub at: At,
    /// Which node.
    pub node: NodeId,
    /// Which signal.
    pub signal: SignalId,
    /// Its value.
    pub value: f64,
}
