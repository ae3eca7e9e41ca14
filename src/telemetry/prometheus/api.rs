//! Prometheus's own HTTP API: which targets it cannot reach. Pure.

use serde::Deserialize;

use crate::domain::observation::Failure;
use crate::telemetry::json;

#[derive(Deserialize)]
struct WireReply {
    status: String,
    #[serde(default)]
    error: String,
    #[serde(default)]
    data: Option<WireData>,
}

#[derive(Deserialize)]
struct WireData {
    #[serde(default)]
    result: Vec<WireSeries>,
}

#[derive(Deserialize)]
struct WireSeries {
    value: (f64, String),
}

/// Reads the reply to the query `up`: how many targets there are, and how many are down.
///
/// # Errors
/// When it is no reply of that API, or the API's own error.
pub fn targets_down(bytes: &[u8]) -> Result<(u64, u64), Failure> {
    let reply: WireReply = json::read(bytes, "query up")?;
    if reply.status != "success" {
        return Err(json::refuse(bytes, "query up", &reply.error));
    }
    let result = reply.data.map(|d| d.result).unwrap_or_default();
    let down = result.iter().filter(|s| s.value.1 == "0").count();
    Ok((result.len() as u64, down as u64))
}
