//! One fact of the log, whatever its kind: naming, writing and reading. Must not know what a kind means.

use serde_json::value::RawValue;

use super::access::AccessEvent;
use super::chain::ChainEvent;
use super::health::HealthEvent;
use super::incident::IncidentEvent;
use super::record::RecordEvent;
use super::run::RunEvent;
use super::words::WordEvent;

/// One fact of the log.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// About the chain itself.
    Chain(ChainEvent),
    /// About the incident and its roles.
    Incident(IncidentEvent),
    /// What people said.
    Word(WordEvent),
    /// Decisions, orders, tasks, action items, corrections.
    Record(RecordEvent),
    /// What was judged of nodes, networks and peers.
    Health(HealthEvent),
    /// What runbooks did.
    Run(RunEvent),
    /// What people may do: refusals, rights taken for a while.
    Access(AccessEvent),
    /// A kind of a later version, or data that does not fit its kind.
    Unknown(Box<UnknownEvent>),
}

/// An event as the log writes it: what is left where nothing more is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownEvent {
    /// The kind as written.
    pub kind: String,
    /// The data as written (JSON).
    pub data: String,
}

impl Event {
    /// The kind as the log writes it, `incident.declared`.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Chain(e) => e.kind(),
            Self::Incident(e) => e.kind(),
            Self::Word(e) => e.kind(),
            Self::Record(e) => e.kind(),
            Self::Health(e) => e.kind(),
            Self::Run(e) => e.kind(),
            Self::Access(e) => e.kind(),
            Self::Unknown(e) => &e.kind,
        }
    }

    /// An event of which nothing but its kind and its data (JSON) is known.
    #[must_use]
    pub fn unknown(kind: &str, data: &str) -> Self {
        Self::Unknown(Box::new(UnknownEvent { kind: kind.to_owned(), data: data.to_owned() }))
    }

    /// The data as compact JSON.
    ///
    /// # Errors
    /// When a value cannot be written as JSON (a map with keys that are not text): a fault of ours.
    pub fn data(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::Chain(e) => e.data(),
            Self::Incident(e) => e.data(),
            Self::Word(e) => e.data(),
            Self::Record(e) => e.data(),
            Self::Health(e) => e.data(),
            Self::Run(e) => e.data(),
            Self::Access(e) => e.data(),
            Self::Unknown(e) => Ok(e.data.clone()),
        }
    }

    /// Reads a kind and its data; total: what does not fit becomes [`Event::Unknown`].
    #[must_use]
    pub fn read(kind: &str, data: &RawValue) -> Self {
        let text = data.get();
        let known = ChainEvent::read(kind, text)
            .map(Self::Chain)
            .or_else(|| IncidentEvent::read(kind, text).map(Self::Incident))
            .or_else(|| WordEvent::read(kind, text).map(Self::Word))
            .or_else(|| RecordEvent::read(kind, text).map(Self::Record))
            .or_else(|| HealthEvent::read(kind, text).map(Self::Health))
            .or_else(|| RunEvent::read(kind, text).map(Self::Run))
            .or_else(|| AccessEvent::read(kind, text).map(Self::Access));
        known.unwrap_or_else(|| Self::unknown(kind, text))
    }

    /// Reads a kind from a text that begins with its data, in one pass; with it, how many bytes of the text the data are.
    /// `None` where the data do not fit, as [`Event::read`] then answers [`Event::Unknown`], and where there are none.
    #[must_use]
    pub fn read_from(kind: &str, text: &str) -> Option<(Self, usize)> {
        // What a long log is full of comes first.
        WordEvent::read_from(kind, text)
            .map(|(e, end)| (Self::Word(e), end))
            .or_else(|| HealthEvent::read_from(kind, text).map(|(e, end)| (Self::Health(e), end)))
            .or_else(|| RecordEvent::read_from(kind, text).map(|(e, end)| (Self::Record(e), end)))
            .or_else(|| RunEvent::read_from(kind, text).map(|(e, end)| (Self::Run(e), end)))
            .or_else(|| ChainEvent::read_from(kind, text).map(|(e, end)| (Self::Chain(e), end)))
            .or_else(|| IncidentEvent::read_from(kind, text).map(|(e, end)| (Self::Incident(e), end)))
            .or_else(|| AccessEvent::read_from(kind, text).map(|(e, end)| (Self::Access(e), end)))
    }
}

/// Every kind that this version knows, in the order of the groups.
#[must_use]
pub fn kinds() -> Vec<&'static str> {
    let groups = [
        ChainEvent::KINDS,
        IncidentEvent::KINDS,
        WordEvent::KINDS,
        RecordEvent::KINDS,
        HealthEvent::KINDS,
        RunEvent::KINDS,
        AccessEvent::KINDS,
    ];
    groups.concat()
}
