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

/// Silences by their id, in words: `silenced by alice until 04:10: …`.
pub type Silences = BTreeMap<String, String>;

/// Reads the reply to `GET /api/v2/alerts`: one for each fingerprint, those that fire first, then those that are kept quiet,
/// with the words for it; the oldest first. At most [`ALERTS_LIMIT`] of either.
///
/// # Errors
/// When it is no list of alerts.
pub fn alerts(bytes: &[u8]) -> Result<Vec<Alert>, Failure> {
    alerts_with(bytes, &Silences::new())
}

/// The same, with the words of silences that are known.
///
/// # Errors
/// When it is no list of alerts.
pub fn alerts_with(bytes: &[u8], silences: &Silences) -> Result<Vec<Alert>, Failure> {
    let wire: Vec<WireAlert> = json::read(bytes, "api/v2/alerts")?;
    let mut by_print: BTreeMap<String, Alert> = BTreeMap::new();
    for alert in wire {
        let made = made(&alert.fingerprint, alert.starts_at, &alert.labels, &alert.annotations);
        let made = Alert { quiet: quiet(&alert.status, silences), ..made };
        by_print.entry(made.fingerprint.clone()).or_insert(made);
    }
    let (mut firing, mut kept): (Vec<Alert>, Vec<Alert>) = by_print.into_values().partition(|a| a.quiet.is_none());
    for list in [&mut firing, &mut kept] {
        list.sort_by(|a, b| (a.since, &a.fingerprint).cmp(&(b.since, &b.fingerprint)));
        list.truncate(ALERTS_LIMIT);
    }
    firing.extend(kept);
    Ok(firing)
}

/// Why an alert that fires is kept quiet; `None` when it is not.
fn quiet(status: &WireStatus, silences: &Silences) -> Option<String> {
    if let Some(id) = status.silenced_by.first() {
        let id = cut(Some(id));
        return Some(silences.get(&id).cloned().unwrap_or_else(|| format!("silenced (silence {id})")));
    }
    if let Some(print) = status.inhibited_by.first() {
        return Some(format!("inhibited by the alert {}", cut(Some(print))));
    }
    (status.state == "suppressed").then(|| "suppressed".to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireSilence {
    id: String,
    ends_at: At,
    #[serde(default)]
    created_by: String,
    #[serde(default)]
    comment: String,
}

/// Whether any of these alerts is silenced, so that its silence is worth asking for.
#[must_use]
pub fn any_silenced(alerts: &[Alert]) -> bool {
    alerts.iter().any(|a| a.quiet.as_deref().is_some_and(|why| why.starts_with("silenced")))
}

/// Reads the reply to `GET /api/v2/silences`.
///
/// # Errors
/// When it is no list of silences.
pub fn silences(bytes: &[u8]) -> Result<Silences, Failure> {
    let wire: Vec<WireSilence> = json::read(bytes, "api/v2/silences")?;
    let words = |s: WireSilence| {
        let who = if s.created_by.is_empty() { String::new() } else { format!(" by {}", cut(Some(&s.created_by))) };
        let why = if s.comment.is_empty() { String::new() } else { format!(": {}", cut(Some(&s.comment))) };
        (cut(Some(&s.id)), format!("silenced{who} until {} {}{why}", s.ends_at.date(), s.ends_at.hm()))
    };
    Ok(wire.into_iter().map(words).collect())
}

fn made(print: &str, since: At, labels: &BTreeMap<String, String>, notes: &BTreeMap<String, String>) -> Alert {
    let label = |key: &str| cut(labels.get(key));
    let note = |key: &str| cut(notes.get(key));
    let summary = Some(note("summary")).filter(|s| !s.is_empty()).unwrap_or_else(|| note("description"));
    let fingerprint = cut(Some(&print.to_owned()));
    Alert { name: label("alertname"), severity: label("severity"), summary, since, fingerprint, quiet: None }
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
