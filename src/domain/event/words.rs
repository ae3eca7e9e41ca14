//! Events that are people's words: notes, facts, claims, concerns, reports, hypotheses, messages, a drill's injects.

use serde::{Deserialize, Serialize};

use super::group::events;
use crate::domain::event::Event;
use crate::domain::id::EntryRef;

events! {
    /// What people said.
    WordEvent {
        /// A remark.
        Note(NoteAdded) = "note.added",
        /// Something that is known to be so.
        Fact(Box<FactRecorded>) = "fact.recorded",
        /// A rumour judged.
        Claim(Box<ClaimJudged>) = "claim.judged",
        /// "I think this is wrong."
        Concern(Box<ConcernRaised>) = "concern.raised",
        /// Word from outside.
        Report(Box<ReportReceived>) = "report.received",
        /// A possible cause.
        Hypothesis(Box<HypothesisRaised>) = "hypothesis.raised",
        /// Evidence weighed.
        HypothesisJudged(Box<HypothesisJudged>) = "hypothesis.judged",
        /// Outward words, not yet said.
        Drafted(Box<MessageDrafted>) = "message.drafted",
        /// Outward words, allowed.
        SignedOff(Box<MessageSignedOff>) = "message.signed-off",
        /// Outward words, said.
        Sent(Box<MessageSent>) = "message.sent",
        /// A drill's inject.
        Inject(Box<InjectDelivered>) = "inject.delivered",
    }
}

impl From<WordEvent> for Event {
    fn from(e: WordEvent) -> Self {
        Self::Word(e)
    }
}

/// A remark.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NoteAdded {
    /// The words.
    pub text: String,
}

/// Something that is known to be so, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactRecorded {
    /// The words.
    pub text: String,
    /// How it is known: a link, a command, a name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
}

/// A rumour and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimJudged {
    /// The claim.
    pub claim: String,
    /// `open`, `confirmed` or `refuted`.
    pub verdict: String,
    /// Who said so.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
}

/// Anyone's "I think this is wrong"; it must be answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConcernRaised {
    /// The words.
    pub text: String,
    /// The concern that these words answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<EntryRef>,
}

/// Word from outside: users, researchers, other teams.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportReceived {
    /// Who reported.
    pub from: String,
    /// What.
    pub text: String,
}

/// A possible cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HypothesisRaised {
    /// The words.
    pub text: String,
}

/// Evidence for or against a hypothesis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HypothesisJudged {
    /// Which one.
    pub hypothesis: EntryRef,
    /// `for`, `against`, `confirmed` or `refuted`.
    pub verdict: String,
    /// The evidence.
    pub text: String,
}

/// Outward words, not yet said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageDrafted {
    /// `operators`, `exchanges`, `users`, `leadership`.
    pub audience: String,
    /// The words.
    pub text: String,
}

/// A draft that may be sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageSignedOff {
    /// Which draft.
    pub message: EntryRef,
}

/// Outward words, said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MessageSent {
    /// To whom.
    pub audience: String,
    /// The words.
    pub text: String,
    /// Where.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
}

/// A drill's inject as the players got it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InjectDelivered {
    /// Its number in the scenario's event list.
    pub number: u64,
    /// To whom: a role or a person.
    pub to: String,
    /// How it arrived: `call`, `chat`, `alert`, …
    pub delivered_as: String,
    /// The words.
    pub text: String,
}
