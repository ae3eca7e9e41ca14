//! Words that may be said: not empty, not endless, and about things that exist.

use crate::domain::command::WordCommand;
use crate::domain::decide::check::{entry_named, some_words, words};
use crate::domain::decide::rejection::Rejection;
use crate::domain::event::{
    ClaimJudged, ConcernRaised, Event, FactRecorded, HypothesisJudged, HypothesisRaised, NoteAdded, ReportReceived,
};
use crate::domain::incident::Ledger;

pub(super) fn decide(ledger: &Ledger, command: &WordCommand) -> Result<Event, Rejection> {
    Ok(match command {
        WordCommand::Note(text) => NoteAdded { text: words(text, "the note")? }.into(),
        WordCommand::Fact(text, evidence) => {
            FactRecorded { text: words(text, "the fact")?, evidence: some_words(evidence, "the evidence")? }.into()
        }
        WordCommand::Concern(text) => ConcernRaised { text: words(text, "the concern")?, answers: None }.into(),
        WordCommand::AnswerConcern(id, text) => {
            let id = entry_named(ledger, id)?;
            if !ledger.incident().concerns.iter().any(|c| c.id == id) {
                return Err(Rejection::misuse(format!("{id} is no concern")));
            }
            ConcernRaised { text: words(text, "the answer")?, answers: Some(id) }.into()
        }
        WordCommand::Report(from, text) => {
            ReportReceived { from: words(from, "who reported it")?, text: words(text, "the report")? }.into()
        }
        WordCommand::Hypothesis(text) => HypothesisRaised { text: words(text, "the hypothesis")? }.into(),
        WordCommand::Judge(id, verdict, text) => {
            let hypothesis = entry_named(ledger, id)?;
            if !ledger.incident().hypotheses.iter().any(|h| h.id == hypothesis) {
                return Err(Rejection::misuse(format!("{hypothesis} is no hypothesis")));
            }
            let verdict = one_of(verdict, &["for", "against", "confirmed", "refuted"])?;
            HypothesisJudged { hypothesis, verdict, text: words(text, "the evidence")? }.into()
        }
        WordCommand::Claim(claim, verdict, evidence) => ClaimJudged {
            claim: words(claim, "the claim")?,
            verdict: one_of(verdict, &["open", "confirmed", "refuted"])?,
            evidence: some_words(evidence, "the evidence")?,
        }
        .into(),
    })
}

fn one_of(word: &str, allowed: &[&str]) -> Result<String, Rejection> {
    if allowed.contains(&word) {
        return Ok(word.to_owned());
    }
    Err(Rejection::misuse(format!("`{word}` is none of {}", allowed.join(", "))))
}
