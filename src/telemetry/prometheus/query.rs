//! A configured PromQL query as a source: one instant query a round, its worst series as the value.
//! Must not know how often it is asked, nor the limits of its value.

use std::cmp::Ordering;

use super::api::{self, Series};
use crate::domain::observation::{Answer, Fact, Failure, Reading};
use crate::domain::signal::{SignalId, Worse};
use crate::domain::subject::QuerySpec;
use crate::telemetry::credentials::Credentials;
use crate::telemetry::http::{Http, REQUEST_LIMIT};
use crate::telemetry::json::float;

/// Seconds between two rounds: queries cost the server more than a node's own word, and scrapes are slower than this.
pub const EVERY_S: f64 = 5.0;

/// Series that the closer look tells, the worst first; the others are counted.
const TOLD: usize = 8;

/// What the server itself may spend on it; shorter than our own limit, so that the reason comes from the server.
const TIMEOUT: &str = "2s";

/// One query.
#[derive(Debug)]
pub struct Query {
    url: String,
    spec: QuerySpec,
}

impl Query {
    /// Of the server at this base URL; nothing is asked yet.
    #[must_use]
    pub fn new(url: &str, spec: QuerySpec) -> Self {
        let expr = percent_encoded(&spec.expr);
        let url = format!("{}/api/v1/query?timeout={TIMEOUT}&query={expr}", url.trim_end_matches('/'));
        Self { url, spec }
    }

    /// One round.
    ///
    /// # Errors
    /// Why there is no value: no server, the server's own words, or a result without a number.
    pub async fn round(&self, http: &Http, who: &Credentials) -> Result<Answer, Failure> {
        let reply = http.get(&self.url, who, REQUEST_LIMIT).await?;
        // The API tells a wrong query with 400, one it cannot execute with 422, a timeout with 503; each with words.
        if matches!(reply.status, 400 | 422 | 503)
            && let Err(said @ Failure::NotUsable(_)) = api::instant(&reply.body)
            && reply.body.starts_with(b"{")
        {
            return Err(said);
        }
        answer(&self.spec, api::instant(&reply.usable()?)?)
    }
}

/// The answer that these series are.
///
/// # Errors
/// When there is no series and nothing stands for that, or no series has a number.
pub fn answer(spec: &QuerySpec, mut series: Vec<Series>) -> Result<Answer, Failure> {
    let source = "GET /api/v1/query";
    let found = series.len() as u64;
    series.retain(|s| !s.value.is_nan());
    let order = |a: &Series, b: &Series| a.value.partial_cmp(&b.value).unwrap_or(Ordering::Equal);
    match spec.worse {
        Worse::Down => series.sort_by(order),
        Worse::Up | Worse::Neither => series.sort_by(|a, b| order(b, a)),
    }
    let value = match (series.first(), spec.empty) {
        (Some(worst), _) => worst.value,
        (None, Some(empty)) if found == 0 => empty,
        (None, _) if found == 0 => {
            let how = "if that is well, say with `empty = 0` which value it stands for";
            return Err(Failure::NotUsable(format!("the query gives no series; {how}")));
        }
        (None, _) => return Err(Failure::NotUsable("the query gives no number (NaN)".to_owned())),
    };
    let mut facts = vec![Fact::new("query", &spec.expr)];
    facts.extend(series.iter().take(TOLD).map(|s| Fact::new("series", &format!("{} {}", s.value, s.labels))));
    if series.len() > TOLD {
        facts.push(Fact::new("series", &format!("and {} more", series.len() - TOLD)));
    }
    let readings = vec![
        Reading::number(SignalId::QUERY_VALUE, value, source),
        Reading::number(SignalId::QUERY_SERIES, float(found), source),
    ];
    Ok(Answer { readings, facts, ..Answer::default() })
}

/// A text as a part of a URL's query.
fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn what_a_url_cannot_hold_is_encoded() {
        assert_eq!(
            percent_encoded("rate(x{a=\"é b\"}[1m]) > 0"),
            "rate%28x%7Ba%3D%22%C3%A9%20b%22%7D%5B1m%5D%29%20%3E%200"
        );
    }
}
