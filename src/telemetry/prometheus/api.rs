//! Prometheus's own HTTP API: the reply to an instant query, and its errors in words. Pure.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::observation::Failure;
use crate::telemetry::json;

/// Longest text kept of the API's own error.
const WORDS_LIMIT: usize = 200;

/// One series of an instant query's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// `{job="host",instance="a"}`; empty for a scalar. Untrusted.
    pub labels: String,
    /// Its value; may be no number.
    pub value: f64,
}

#[derive(Deserialize)]
struct WireReply<'a> {
    status: String,
    #[serde(default, rename = "errorType")]
    kind: String,
    #[serde(default)]
    error: String,
    #[serde(default, borrow)]
    data: Option<WireData<'a>>,
}

#[derive(Deserialize)]
struct WireData<'a> {
    #[serde(rename = "resultType")]
    shape: String,
    #[serde(borrow)]
    result: &'a RawValue,
}

#[derive(Deserialize)]
struct WireSeries {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(default)]
    value: Option<(f64, String)>,
}

/// Reads the reply to an instant query: a vector or a scalar.
///
/// # Errors
/// When it is no reply of that API, the API's own error in its words, or a result of another shape.
pub fn instant(bytes: &[u8]) -> Result<Vec<Series>, Failure> {
    let what = "api/v1/query";
    let refuse = |why: &str| json::refuse(bytes, what, why);
    let reply: WireReply<'_> = serde_json::from_slice(bytes).map_err(|e| refuse(&e.to_string()))?;
    if reply.status != "success" {
        return Err(Failure::NotUsable(format!(
            "Prometheus refuses the query ({}): {}",
            reply.kind,
            cut(&reply.error)
        )));
    }
    let data = reply.data.ok_or_else(|| refuse("it has no data"))?;
    let wrong = |e: serde_json::Error| json::refuse(data.result.get().as_bytes(), what, &e.to_string());
    match data.shape.as_str() {
        "vector" => {
            let series: Vec<WireSeries> = serde_json::from_str(data.result.get()).map_err(wrong)?;
            series.into_iter().map(one).collect()
        }
        "scalar" => {
            let (_, value): (f64, String) = serde_json::from_str(data.result.get()).map_err(wrong)?;
            Ok(vec![Series { labels: String::new(), value: number(&value)? }])
        }
        shape => Err(Failure::NotUsable(format!(
            "the query gives a {}; a vector or a scalar is needed (take away the range `[…]`)",
            cut(shape)
        ))),
    }
}

fn one(series: WireSeries) -> Result<Series, Failure> {
    let Some((_, value)) = series.value else {
        return Err(Failure::NotUsable("the query gives histograms; take a quantile or a sum of them".to_owned()));
    };
    let labels: Vec<String> = series.metric.iter().map(|(k, v)| format!("{k}=\"{}\"", cut(v))).collect();
    Ok(Series { labels: format!("{{{}}}", labels.join(",")), value: number(&value)? })
}

/// `NaN`, `+Inf` and `-Inf` are how the API writes them.
fn number(text: &str) -> Result<f64, Failure> {
    text.parse().map_err(|_| Failure::NotUsable(format!("api/v1/query: `{}` is no number", cut(text))))
}

fn cut(text: &str) -> String {
    text.chars().take(WORDS_LIMIT).collect()
}

/// How many of the targets that the query `up` gave are down.
#[must_use]
pub fn targets_down(up: &[Series]) -> u64 {
    up.iter().filter(|s| s.value == 0.0).count() as u64
}
