//! Alerts that an Alertmanager posts to us, as a source: a table of what fires, kept by fingerprint, until it is resolved.
//! Must not know HTTP; the inbox does.

use std::collections::BTreeMap;

use super::parse::{self, ALERTS_LIMIT, Told};
use super::recent::Recent;
use crate::domain::observation::{Alert, Answer, Fact, Failure, Reading};
use crate::domain::signal::SignalId;
use crate::domain::subject::WebhookSpec;
use crate::domain::time::{At, Clock, Span};
use crate::serve::Inbox;
use crate::telemetry::credentials::Credentials;
use crate::telemetry::json::float;

/// Where an Alertmanager posts: `url: http://127.0.0.1:9095/alerts`.
const PATH: &str = "/alerts";

/// An alert that nobody repeated for so long is forgotten, and that is said: Alertmanager repeats every 4 hours unless told
/// otherwise, and one that was silenced in the meantime is never said to be resolved.
const FORGET: Span = Span::from_mins(12 * 60);

/// An inbox for alerts.
#[derive(Debug)]
pub struct Webhook {
    spec: WebhookSpec,
    inbox: Option<Inbox<Told>>,
    firing: BTreeMap<String, (At, Alert)>,
    heard: Option<At>,
    forgotten: u64,
    untold: u64,
    recent: Recent,
}

impl Webhook {
    /// At this address; nothing is listened at yet.
    #[must_use]
    pub fn new(spec: WebhookSpec) -> Self {
        Self {
            spec,
            inbox: None,
            firing: BTreeMap::new(),
            heard: None,
            forgotten: 0,
            untold: 0,
            recent: Recent::default(),
        }
    }

    /// One round: opens the inbox if it is not open, and takes what came.
    ///
    /// # Errors
    /// When the address cannot be listened at, or the token cannot be read.
    pub async fn round(&mut self, who: &Credentials, clock: &dyn Clock) -> Result<Answer, Failure> {
        if self.inbox.is_none() {
            let token = who.bearer()?;
            let read = |bytes: &[u8]| parse::webhook(bytes).map_err(|why| why.to_string());
            let at = &self.spec.listen;
            let says = |why: &dyn std::fmt::Display| {
                let hint = "does another warroom of this machine take the alerts already?";
                Failure::Setup(format!("{at} cannot be listened at: {why}; {hint}"))
            };
            let listen = at.parse().map_err(|why: std::net::AddrParseError| says(&why))?;
            let opened = Inbox::open(listen, PATH, token, read).await;
            self.inbox = Some(opened.map_err(|why| says(&why))?);
        }
        let now = clock.now();
        for told in self.inbox.as_mut().map(Inbox::take).unwrap_or_default() {
            self.hear(told, now);
        }
        let before = self.firing.len();
        self.firing.retain(|_, (heard, _)| now.since(*heard) < FORGET);
        self.forgotten = self.forgotten.saturating_add((before - self.firing.len()) as u64);
        Ok(self.answer(now))
    }

    fn hear(&mut self, told: Told, now: At) {
        self.heard = Some(now);
        self.untold = self.untold.saturating_add(told.untold);
        for alert in told.firing {
            let known = self.firing.contains_key(&alert.fingerprint);
            if !known && self.firing.len() >= ALERTS_LIMIT {
                self.untold = self.untold.saturating_add(1);
                continue;
            }
            self.firing.insert(alert.fingerprint.clone(), (now, alert));
        }
        for fingerprint in told.resolved {
            if let Some((_, alert)) = self.firing.remove(&fingerprint) {
                self.recent.resolved(now, &alert);
            }
        }
    }

    fn answer(&mut self, now: At) -> Answer {
        let mut alerts: Vec<Alert> = self.firing.values().map(|(_, alert)| alert.clone()).collect();
        alerts.sort_by(|a, b| (a.since, &a.fingerprint).cmp(&(b.since, &b.fingerprint)));
        let mut facts = self.recent.facts(&alerts, now);
        let heard =
            self.heard.map_or_else(|| "nothing was posted yet".to_owned(), |at| format!("last at {}", at.hms()));
        facts.push(Fact::new("posted", &heard));
        if self.forgotten > 0 {
            let why = "neither repeated nor resolved for 12 hours";
            facts.push(Fact::unknown("alerts.firing", &format!("{} forgotten: {why}", self.forgotten)));
        }
        if self.untold > 0 {
            let why = format!("more than {ALERTS_LIMIT} fire, or the sender left them out");
            facts.push(Fact::unknown("alerts.firing", &format!("{} not told: {why}", self.untold)));
        }
        let firing = Reading::number(SignalId::ALERTS, float(alerts.len() as u64), "POST /alerts");
        Answer { readings: vec![firing], alerts: Some(alerts), facts, ..Answer::default() }
    }
}
