//! The Alertmanager source: one GET a round. Must not know how often it is asked.

use super::parse;
use crate::domain::observation::{Answer, Failure, Reading};
use crate::domain::signal::SignalId;
use crate::telemetry::credentials::Credentials;
use crate::telemetry::http::{Http, REQUEST_LIMIT};
use crate::telemetry::json::float;

/// One Alertmanager.
#[derive(Debug)]
pub struct Alertmanager {
    url: String,
}

impl Alertmanager {
    /// At this base URL.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { url: url.trim_end_matches('/').to_owned() }
    }

    /// One round.
    ///
    /// # Errors
    /// When the list of alerts cannot be had.
    pub async fn round(&self, http: &Http, who: &Credentials) -> Result<Answer, Failure> {
        let url = format!("{}/api/v2/alerts?active=true&silenced=false&inhibited=false", self.url);
        let alerts = parse::alerts(&http.get(&url, who, REQUEST_LIMIT).await?.usable()?)?;
        let firing = Reading::number(SignalId::ALERTS, float(alerts.len() as u64), "GET /api/v2/alerts");
        Ok(Answer { readings: vec![firing], alerts: Some(alerts), ..Answer::default() })
    }
}
