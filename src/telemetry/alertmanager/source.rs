//! The Alertmanager source: one GET a round, and one more while something is silenced. Must not know how often it is asked.

use super::parse;
use super::recent::{self, Recent};
use crate::domain::observation::{Alert, Answer, Failure, Reading};
use crate::domain::signal::SignalId;
use crate::domain::time::Clock;
use crate::telemetry::credentials::Credentials;
use crate::telemetry::http::{Http, REQUEST_LIMIT};
use crate::telemetry::json::float;

/// One Alertmanager.
#[derive(Debug)]
pub struct Alertmanager {
    url: String,
    before: Vec<Alert>,
    recent: Recent,
}

impl Alertmanager {
    /// At this base URL.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), before: Vec::new(), recent: Recent::default() }
    }

    /// One round.
    ///
    /// # Errors
    /// When the list of alerts cannot be had.
    pub async fn round(&mut self, http: &Http, who: &Credentials, clock: &dyn Clock) -> Result<Answer, Failure> {
        // Those that are kept quiet are asked for too: one that merely left the list would look resolved.
        let url = format!("{}/api/v2/alerts?active=true&silenced=true&inhibited=true", self.url);
        let body = http.get(&url, who, REQUEST_LIMIT).await?.usable()?;
        let mut alerts = parse::alerts(&body)?;
        if parse::any_silenced(&alerts) {
            alerts = parse::alerts_with(&body, &self.silences(http, who).await)?;
        }
        let now = clock.now();
        let firing: Vec<Alert> = alerts.iter().filter(|a| a.quiet.is_none()).cloned().collect();
        self.recent.compare(&self.before, &alerts, now);
        let mut facts = self.recent.facts(&firing, now);
        facts.extend(recent::quiet(&alerts));
        let count = float(firing.len() as u64);
        self.before = firing;
        let firing = Reading::number(SignalId::ALERTS, count, "GET /api/v2/alerts");
        Ok(Answer { readings: vec![firing], alerts: Some(alerts), facts, ..Answer::default() })
    }

    /// Who silenced what until when; empty where that is not told: then only the silence's id is said.
    async fn silences(&self, http: &Http, who: &Credentials) -> parse::Silences {
        let reply = http.get(&format!("{}/api/v2/silences", self.url), who, REQUEST_LIMIT).await;
        reply.and_then(|r| r.usable()).and_then(|body| parse::silences(&body)).unwrap_or_default()
    }
}
