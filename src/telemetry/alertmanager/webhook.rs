//! Alerts that an Alertmanager posts to us, as a source: a table of what fires, kept by fingerprint, until it is resolved.
//! Must not know HTTP; the inbox does.

use super::parse::{self, ALERTS_LIMIT, Told};
use super::recent::Recent;
use super::table::Table;
use crate::domain::observation::{Answer, Fact, Failure, Reading};
use crate::domain::signal::SignalId;
use crate::domain::subject::WebhookSpec;
use crate::domain::time::{At, Clock};
use crate::serve::Inbox;
use crate::telemetry::credentials::Credentials;
use crate::telemetry::json::float;
use crate::telemetry::kept;

/// Where an Alertmanager posts: `url: http://127.0.0.1:9095/alerts`.
const PATH: &str = "/alerts";

/// An inbox for alerts.
#[derive(Debug)]
pub struct Webhook {
    spec: WebhookSpec,
    inbox: Option<Inbox<Told>>,
    table: Table,
    forgotten: u64,
    untold: u64,
    recent: Recent,
    not_kept: Option<String>,
}

impl Webhook {
    /// At this address; nothing is listened at yet.
    #[must_use]
    pub fn new(spec: WebhookSpec) -> Self {
        Self {
            spec,
            inbox: None,
            table: Table::default(),
            forgotten: 0,
            untold: 0,
            recent: Recent::default(),
            not_kept: None,
        }
    }

    /// One round: opens the inbox if it is not open, and takes what came.
    ///
    /// # Errors
    /// When the address cannot be listened at, or the token cannot be read.
    pub async fn round(&mut self, who: &Credentials, clock: &dyn Clock) -> Result<Answer, Failure> {
        let Some(inbox) = &mut self.inbox else {
            self.inbox = Some(self.open(who).await?);
            // What fired before is told as it was: whoever judges has to know it before it is resolved.
            self.load().await;
            return Ok(self.answer(clock.now()));
        };
        let (now, posts) = (clock.now(), inbox.take());
        let mut changed = !posts.is_empty();
        for told in posts {
            self.untold = self.untold.saturating_add(told.untold);
            let (no_room, resolved) = self.table.hear(told, now);
            self.untold = self.untold.saturating_add(no_room);
            resolved.iter().for_each(|alert| self.recent.resolved(now, alert));
        }
        let forgotten = self.table.forget(now);
        self.forgotten = self.forgotten.saturating_add(forgotten);
        changed |= forgotten > 0;
        if changed {
            self.save().await;
        }
        Ok(self.answer(now))
    }

    async fn open(&self, who: &Credentials) -> Result<Inbox<Told>, Failure> {
        let token = who.bearer()?;
        let read = |bytes: &[u8]| parse::webhook(bytes).map_err(|why| why.to_string());
        let at = &self.spec.listen;
        let says = |why: &dyn std::fmt::Display| {
            let hint = "does another warroom of this machine take the alerts already?";
            Failure::Setup(format!("{at} cannot be listened at: {why}; {hint}"))
        };
        let listen = at.parse().map_err(|why: std::net::AddrParseError| says(&why))?;
        Inbox::open(listen, PATH, token, read).await.map_err(|why| says(&why))
    }

    async fn load(&mut self) {
        let Some(place) = self.spec.place.clone() else { return };
        match tokio::task::spawn_blocking(move || kept::load(&place.file)).await {
            Ok(Ok(Some(kept))) => self.table = Table::of(kept, &self.spec.listen),
            Ok(Err(why)) => self.not_kept = Some(format!("{why}; what fired before is not known")),
            _ => {}
        }
    }

    async fn save(&mut self) {
        let Some(place) = self.spec.place.clone().filter(|p| p.writes) else { return };
        let Some(kept) = self.table.kept(&self.spec.listen) else { return };
        let saved = tokio::task::spawn_blocking(move || kept::save(&place.file, &kept)).await;
        self.not_kept = saved.ok().and_then(Result::err).map(|why| format!("{why}; a restart forgets what fires"));
    }

    fn answer(&mut self, now: At) -> Answer {
        let alerts = self.table.firing();
        let mut facts = self.recent.facts(&alerts, now);
        let mut answer = Answer::default();
        // Before anything was posted nobody knows what fires: that is not 0.
        if let Some(at) = self.table.heard() {
            facts.push(Fact::new("posted", &format!("last at {}", at.hms())));
            answer.readings = vec![Reading::number(SignalId::ALERTS, float(alerts.len() as u64), "POST /alerts")];
            answer.alerts = Some(alerts);
        } else {
            facts.push(Fact::unknown("alerts.firing", "nothing was posted yet"));
        }
        if self.forgotten > 0 {
            let why = "neither repeated nor resolved for 12 hours";
            facts.push(Fact::unknown("alerts.firing", &format!("{} forgotten: {why}", self.forgotten)));
        }
        if self.untold > 0 {
            let why = format!("more than {ALERTS_LIMIT} fire, or the sender left them out");
            facts.push(Fact::unknown("alerts.firing", &format!("{} not told: {why}", self.untold)));
        }
        facts.extend(self.not_kept.iter().map(|why| Fact::new("not kept", why)));
        Answer { facts, ..answer }
    }
}
