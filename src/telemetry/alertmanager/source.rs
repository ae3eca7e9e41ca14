//! The Alertmanager source: one GET a round. Must not know how often it is asked.

use super::parse;
use super::recent::Recent;
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
        let url = format!("{}/api/v2/alerts?active=true&silenced=false&inhibited=false", self.url);
        let alerts = parse::alerts(&http.get(&url, who, REQUEST_LIMIT).await?.usable()?)?;
        let now = clock.now();
        self.recent.compare(&self.before, &alerts, now);
        let facts = self.recent.facts(&alerts, now);
        self.before.clone_from(&alerts);
        let firing = Reading::number(SignalId::ALERTS, float(alerts.len() as u64), "GET /api/v2/alerts");
        Ok(Answer { readings: vec![firing], alerts: Some(alerts), facts, ..Answer::default() })
    }
}
