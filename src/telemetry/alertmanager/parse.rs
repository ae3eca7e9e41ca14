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
        let label = |key: &str| cut(alert.labels.get(key));
        let annotation = |key: &str| cut(alert.annotations.get(key));
        let summary =
            Some(annotation("summary")).filter(|s| !s.is_empty()).unwrap_or_else(|| annotation("description"));
        let fingerprint = cut(Some(&alert.fingerprint));
        let made = Alert {
            name: label("alertname"),
            severity: label("severity"),
            summary,
            since: alert.starts_at,
            fingerprint: fingerprint.clone(),
        };
        by_print.entry(fingerprint).or_insert(made);
    }
    let mut alerts: Vec<Alert> = by_print.into_values().collect();
    alerts.sort_by(|a, b| (a.since, &a.fingerprint).cmp(&(b.since, &b.fingerprint)));
    alerts.truncate(ALERTS_LIMIT);
    Ok(alerts)
}

fn cut(text: Option<&String>) -> String {
    text.map(|t| t.chars().take(TEXT_LIMIT).collect()).unwrap_or_default()
}
