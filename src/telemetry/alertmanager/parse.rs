//! Alertmanager's list of alerts as values. Pure: bytes in, alerts or a refusal out.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::observation::{Alert, Failure};
use crate::domain::time::At;
use crate::telemetry::json;

/// Alerts that are kept of one reply; of more, the oldest are. An alert storm is still an alert storm at 256.
pub const ALERTS_LIMIT: usize = 256;

/// Longest text kept of a label or annotation.
const TEXT_LIMIT: usize = 400;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAlert {
    fingerprint: String,
    starts_at: At,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
    #[serde(default)]
    status: WireStatus,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct WireStatus {
    state: String,
    silenced_by: Vec<String>,
    inhibited_by: Vec<String>,
}

/// Reads the reply to `GET /api/v2/alerts`: those that fire, one for each fingerprint, oldest first.
///
/// # Errors
/// When it is no list of alerts.
pub fn alerts(bytes: &[u8]) -> Result<Vec<Alert>, Failure> {
    let wire: Vec<WireAlert> = json::read(bytes, "api/v2/alerts")?;
    let mut by_print: BTreeMap<String, Alert> = BTreeMap::new();
    for alert in wire {
        let quiet = !alert.status.silenced_by.is_empty() || !alert.status.inhibited_by.is_empty();
        if quiet || alert.status.state == "suppressed" {
            continue;
        }
        let made = made(&alert.fingerprint, alert.starts_at, &alert.labels, &alert.annotations);
        by_print.entry(made.fingerprint.clone()).or_insert(made);
    }
    let mut alerts: Vec<Alert> = by_print.into_values().collect();
    alerts.sort_by(|a, b| (a.since, &a.fingerprint).cmp(&(b.since, &b.fingerprint)));
    alerts.truncate(ALERTS_LIMIT);
    Ok(alerts)
}

fn made(print: &str, since: At, labels: &BTreeMap<String, String>, notes: &BTreeMap<String, String>) -> Alert {
    let label = |key: &str| cut(labels.get(key));
    let note = |key: &str| cut(notes.get(key));
    let summary = Some(note("summary")).filter(|s| !s.is_empty()).unwrap_or_else(|| note("description"));
    let fingerprint = cut(Some(&print.to_owned()));
    Alert { name: label("alertname"), severity: label("severity"), summary, since, fingerprint }
}

/// What one post tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Alerts that fire, at most [`ALERTS_LIMIT`].
    pub firing: Vec<Alert>,
    /// Fingerprints of alerts that are over.
    pub resolved: Vec<String>,
    /// Alerts that the sender or we left out.
    pub untold: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePost {
    version: String,
    alerts: Vec<WirePosted>,
    #[serde(default)]
    truncated_alerts: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePosted {
    status: String,
    starts_at: At,
    #[serde(default)]
    fingerprint: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// Reads what an Alertmanager's webhook posts (version 4). An alert without a fingerprint is told apart by its labels.
///
/// # Errors
/// When it is nothing of the kind.
pub fn webhook(bytes: &[u8]) -> Result<Told, Failure> {
    let what = "an Alertmanager's webhook";
    let post: WirePost = json::read(bytes, what)?;
    if post.version != "4" {
        return Err(json::refuse(bytes, what, "version is not 4"));
    }
    let mut told = Told { untold: post.truncated_alerts, ..Told::default() };
    for alert in post.alerts {
        let labels = || alert.labels.iter().map(|(k, v)| format!("{k}={v};")).collect::<String>();
        let print = if alert.fingerprint.is_empty() { labels() } else { alert.fingerprint.clone() };
        let made = made(&print, alert.starts_at, &alert.labels, &alert.annotations);
        match alert.status.as_str() {
            "firing" if told.firing.len() < ALERTS_LIMIT => told.firing.push(made),
            "firing" => told.untold = told.untold.saturating_add(1),
            "resolved" => told.resolved.push(made.fingerprint),
            _ => return Err(json::refuse(bytes, what, "an alert neither fires nor is resolved")),
        }
    }
    Ok(told)
}

fn cut(text: Option<&String>) -> String {
    text.map(|t| t.chars().take(TEXT_LIMIT).collect()).unwrap_or_default()
}
