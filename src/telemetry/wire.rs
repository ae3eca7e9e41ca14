//! Observations as lines of JSON: how the console that polls shares what it sees with the consoles beside it.
//! Must not know how the lines travel. Numbers come back to the last bit or the one before it. A line of another version is refused, never half believed.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::id::NodeId;
use crate::domain::observation::{
    Alert, Answer, ChainBlock, ChainTiming, Deadline, Fact, Failure, Observation, Reading, Tip, Value,
};
use crate::domain::signal::SignalId;
use crate::domain::time::At;
use crate::domain::votes::Votes;

/// Longest line that is read; the alerts of a storm fit. A longer one is refused.
pub const LINE_LIMIT: usize = 1024 * 1024;

/// Why a line is no observation.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Too long.
    #[error("an observation line is over {LINE_LIMIT} bytes; is another program on the socket?")]
    TooLong,
    /// No JSON of this shape.
    #[error("not an observation line: {0}; do both consoles run the same version?")]
    Shape(#[from] serde_json::Error),
}

#[derive(Serialize, Deserialize)]
struct WireObservation {
    node: NodeId,
    /// Microseconds, so that both consoles judge the same moment.
    at_us: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<WireFailure>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    readings: Vec<(String, WireValue, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tip: Option<(u64, String, Option<String>)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    blocks: Vec<(u64, Option<String>)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chain: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    timing: Option<(f64, Option<u64>, bool)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alerts: Option<Vec<WireAlert>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    votes: Option<Box<Votes>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    deadlines: Vec<Deadline>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    facts: Vec<Fact>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum WireValue {
    /// Whole numbers travel as such, so that heights stay exact.
    Whole(i64),
    Number(f64),
    Text(String),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WireFailure {
    Refused,
    TimedOut(u64),
    Broken(String),
    TooLarge(u64),
    Status(u16),
    NotUsable(String),
    Setup(String),
}

#[derive(Serialize, Deserialize)]
struct WireAlert {
    fingerprint: String,
    name: String,
    summary: String,
    severity: String,
    since_us: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quiet: Option<String>,
}

/// Writes one line, without its newline.
///
/// # Errors
/// When a value cannot be written as JSON: a fault of ours.
pub fn encode(seen: &Observation) -> Result<String, WireError> {
    let (failure, answer) = match &seen.outcome {
        Ok(answer) => (None, answer.clone()),
        Err(failure) => (Some(failure_out(failure)), Answer::default()),
    };
    let value = |v: &Value| match v {
        Value::Number(n) => whole(*n).map_or(WireValue::Number(*n), WireValue::Whole),
        Value::Text(t) => WireValue::Text(t.to_string()),
    };
    // JSON knows no infinities; a source that gave one gave nothing.
    let usable = |r: &&Reading| r.value.number().is_none_or(f64::is_finite);
    let readings = answer.readings.iter().filter(usable);
    let wire = WireObservation {
        node: seen.node.clone(),
        at_us: seen.at.micros(),
        failure,
        readings: readings.map(|r| (r.signal.name().to_owned(), value(&r.value), r.source.to_string())).collect(),
        tip: answer.tip.map(|t| (t.height, t.hash.to_string(), t.parent.map(|p| p.to_string()))),
        chain: answer.chain.map(|c| c.to_string()),
        blocks: answer.blocks.into_iter().map(|b| (b.height, b.hash.map(|h| h.to_string()))).collect(),
        timing: answer.timing.map(|t| (t.block_s, t.slots_per_epoch, t.from_protocol)),
        alerts: answer.alerts.map(|all| all.into_iter().map(alert_out).collect()),
        votes: answer.votes,
        deadlines: answer.deadlines,
        facts: answer.facts,
    };
    Ok(serde_json::to_string(&wire)?)
}

/// Reads one line. Signals that this version does not know are left out.
///
/// # Errors
/// When the line is too long or of another shape.
pub fn decode(line: &str) -> Result<Observation, WireError> {
    if line.len() > LINE_LIMIT {
        return Err(WireError::TooLong);
    }
    let wire: WireObservation = serde_json::from_str(line)?;
    let readings = wire.readings.into_iter().filter_map(|(name, value, source)| {
        let value = match value {
            WireValue::Number(n) => Value::Number(n),
            #[expect(clippy::cast_precision_loss, reason = "only numbers below 2^53 are written so")]
            WireValue::Whole(n) => Value::Number(n as f64),
            WireValue::Text(t) => Value::Text(Arc::from(t)),
        };
        Some(Reading { signal: SignalId::find(&name)?, value, source: Cow::Owned(source) })
    });
    let outcome = match wire.failure {
        Some(failure) => Err(failure_in(failure)),
        None => Ok(Answer {
            readings: readings.collect(),
            tip: wire.tip.map(|(height, hash, parent)| Tip {
                height,
                hash: Arc::from(hash),
                parent: parent.map(Arc::from),
            }),
            chain: wire.chain.map(Arc::from),
            blocks: wire
                .blocks
                .into_iter()
                .map(|(height, hash)| ChainBlock { height, hash: hash.map(Arc::from) })
                .collect(),
            timing: wire.timing.map(|(block_s, slots_per_epoch, from_protocol)| ChainTiming {
                block_s,
                slots_per_epoch,
                from_protocol,
            }),
            alerts: wire.alerts.map(|all| all.into_iter().map(alert_in).collect()),
            votes: wire.votes,
            deadlines: wire.deadlines,
            facts: wire.facts,
        }),
    };
    Ok(Observation { node: wire.node, at: At::from_micros(wire.at_us), outcome })
}

/// The number as an integer, where it is one that a float holds exactly.
fn whole(n: f64) -> Option<i64> {
    let exact = n.fract() == 0.0 && n.abs() < 9_007_199_254_740_992.0 && !(n == 0.0 && n.is_sign_negative());
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
    exact.then_some(n as i64)
}

fn failure_out(failure: &Failure) -> WireFailure {
    match failure.clone() {
        Failure::Refused => WireFailure::Refused,
        Failure::TimedOut { after_ms } => WireFailure::TimedOut(after_ms),
        Failure::Broken(why) => WireFailure::Broken(why),
        Failure::TooLarge { limit } => WireFailure::TooLarge(limit),
        Failure::Status(code) => WireFailure::Status(code),
        Failure::NotUsable(what) => WireFailure::NotUsable(what),
        Failure::Setup(what) => WireFailure::Setup(what),
    }
}

fn failure_in(failure: WireFailure) -> Failure {
    match failure {
        WireFailure::Refused => Failure::Refused,
        WireFailure::TimedOut(after_ms) => Failure::TimedOut { after_ms },
        WireFailure::Broken(why) => Failure::Broken(why),
        WireFailure::TooLarge(limit) => Failure::TooLarge { limit },
        WireFailure::Status(code) => Failure::Status(code),
        WireFailure::NotUsable(what) => Failure::NotUsable(what),
        WireFailure::Setup(what) => Failure::Setup(what),
    }
}

fn alert_out(a: Alert) -> WireAlert {
    WireAlert {
        fingerprint: a.fingerprint,
        name: a.name,
        summary: a.summary,
        severity: a.severity,
        since_us: a.since.micros(),
        quiet: a.quiet,
    }
}

fn alert_in(a: WireAlert) -> Alert {
    Alert {
        fingerprint: a.fingerprint,
        name: a.name,
        summary: a.summary,
        severity: a.severity,
        since: At::from_micros(a.since_us),
        quiet: a.quiet,
    }
}
