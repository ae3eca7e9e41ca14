//! What an entry says, as one sentence: the same words on the timeline, in `warroom log`, in drafts.
//! The parts come from outside; whoever shows the sentence passes it through `domain::text`.

use crate::domain::event::{
    AccessEvent, ChainEvent, Effect, Event, HandoverState, HealthEvent, IncidentEvent, RecordEvent, RunEvent,
    StepOutcome, TaskOutcome, WordEvent,
};

impl Event {
    /// In one sentence, lower case, without who and when.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Chain(e) => chain(e),
            Self::Incident(e) => incident(e),
            Self::Word(e) => word(e),
            Self::Record(e) => record(e),
            Self::Health(e) => health(e),
            Self::Run(e) => run(e),
            Self::Access(e) => access(e),
            Self::Unknown(e) => format!("{} (a kind this version does not know): {}", e.kind, e.data),
        }
    }
}

/// `text`, and the rest in brackets when there is one.
fn with(text: String, more: &str) -> String {
    if more.is_empty() { text } else { format!("{text} ({more})") }
}

fn chain(e: &ChainEvent) -> String {
    match e {
        ChainEvent::Opened(d) => match &d.continues {
            None => format!("opened a log on {} for {}", d.host, d.network),
            Some(old) => format!("went on in a new log on {}, after {}/{}", d.host, old.writer, old.seq),
        },
        ChainEvent::Delegated(_) => "session key vouched for".to_owned(),
        ChainEvent::Pinned(d) => {
            format!("roster in force: {} people, {} operators", d.people.len(), d.operators.len())
        }
        ChainEvent::Checkpoint(_) => "checkpoint signed".to_owned(),
        ChainEvent::Recovered(d) => format!("log recovered: {} torn bytes set aside in {}", d.bytes, d.torn),
    }
}

fn access(e: &AccessEvent) -> String {
    match e {
        AccessEvent::Refused(d) => format!("tried `{}` and was refused: {}", d.command, d.needs),
        AccessEvent::Raised(d) => {
            let role = d.role.as_ref().map(|r| format!(" and {r}")).unwrap_or_default();
            format!("BREAK-GLASS: acts as commander{role} until {}: {}", d.until.hms(), d.reason)
        }
        AccessEvent::Ended(d) => format!("break-glass {} ended", d.raised),
    }
}

fn incident(e: &IncidentEvent) -> String {
    match e {
        IncidentEvent::Declared(d) => format!("declared SEV-{} \"{}\"", d.severity, d.title),
        IncidentEvent::Linked(d) => format!("linked: {} {}", d.relation, d.incident),
        IncidentEvent::Severity(d) => with(format!("severity now SEV-{}", d.to), &d.reason),
        IncidentEvent::Status(d) => with(format!("status now {}", d.to.as_str()), &d.reason),
        IncidentEvent::Assigned(d) => match (&d.to, &d.from) {
            (Some(to), None) => format!("{}: {to}", d.role),
            (Some(to), Some(from)) => format!("{}: {to} in place of {from}", d.role),
            (None, Some(from)) => format!("{}: no longer {from}", d.role),
            (None, None) => format!("{}: nobody", d.role),
        },
        IncidentEvent::HandedOver(d) => match d.state {
            HandoverState::Offered => with(format!("{} offered to {} by {}", d.role, d.to, d.from), &d.briefing),
            HandoverState::Accepted => format!("{}: {} (acknowledged, from {})", d.role, d.to, d.from),
            HandoverState::Declined => format!("{} stays with {}: {} declined", d.role, d.from, d.to),
        },
    }
}

fn word(e: &WordEvent) -> String {
    match e {
        WordEvent::Note(d) => d.text.clone(),
        WordEvent::Fact(d) => with(format!("fact: {}", d.text), &d.evidence),
        WordEvent::Claim(d) => with(format!("claim {}: {}", d.verdict, d.claim), &d.evidence),
        WordEvent::Concern(d) => match &d.answers {
            None => format!("concern: {}", d.text),
            Some(of) => format!("answer to concern {of}: {}", d.text),
        },
        WordEvent::Report(d) => format!("report from {}: {}", d.from, d.text),
        WordEvent::Hypothesis(d) => format!("hypothesis: {}", d.text),
        WordEvent::HypothesisJudged(d) => format!("hypothesis {} {}: {}", d.hypothesis, d.verdict, d.text),
        WordEvent::Drafted(d) => format!("draft for {}: {}", d.audience, d.text),
        WordEvent::SignedOff(d) => format!("signed off: {}", d.message),
        WordEvent::Sent(d) => with(format!("said to {}: {}", d.audience, d.text), &d.channel),
        WordEvent::Inject(d) => format!("inject {} by {} to {}: {}", d.number, d.delivered_as, d.to, d.text),
    }
}

fn record(e: &RecordEvent) -> String {
    match e {
        RecordEvent::Proposed(d) => {
            let options = if d.options.is_empty() { String::new() } else { format!(" ({})", d.options.join(" / ")) };
            format!("to be decided: {}{options}", d.question)
        }
        RecordEvent::Objected(d) => format!("objection to {}: {}", d.decision, d.text),
        RecordEvent::Decided(d) => {
            let colon = if d.question.ends_with('?') { "" } else { ":" };
            with(format!("decision: {}{colon} {}", d.question, d.outcome), &d.reason)
        }
        RecordEvent::Ordered(d) => format!("standing order: {}", d.text),
        RecordEvent::Lifted(d) => with(format!("order {} lifted", d.order), &d.reason),
        RecordEvent::TaskGiven(d) => format!("task for {}, {} min: {}", d.to, d.minutes, d.text),
        RecordEvent::TaskAnswered(d) => {
            let how = match d.outcome {
                TaskOutcome::Done => "done",
                TaskOutcome::Failed => "failed",
                TaskOutcome::Dropped => "dropped",
            };
            with(format!("task {} {how}", d.task), &d.text)
        }
        RecordEvent::ActionOpened(d) => {
            let owner = d.owner.as_ref().map(|o| format!(", {o}")).unwrap_or_default();
            let due = if d.due.is_empty() { String::new() } else { format!(", by {}", d.due) };
            format!("to do after the incident: {}{owner}{due}", d.text)
        }
        RecordEvent::ActionClosed(d) => with(format!("action {} closed", d.action), &d.outcome),
        RecordEvent::Amended(d) if d.text.is_empty() => with("corrected the time".to_owned(), &d.reason),
        RecordEvent::Amended(d) => with(format!("corrected to: {}", d.text), &d.reason),
        RecordEvent::Struck(d) => with("struck out".to_owned(), &d.reason),
    }
}

fn health(e: &HealthEvent) -> String {
    match e {
        HealthEvent::Verdict(d) => with(format!("verdict {} {}", d.node, d.to.as_str()), &d.why),
        HealthEvent::Scope(d) => {
            let scope = d.to.as_str().to_uppercase();
            if d.to == crate::domain::event::Scope::Unknown && !d.evidence.is_empty() {
                format!("scope {}", d.evidence.join("; "))
            } else if d.evidence.is_empty() {
                format!("scope {scope}")
            } else {
                format!("scope {scope}: {}", d.evidence.join("; "))
            }
        }
        HealthEvent::Fired(d) => with(format!("alert {} fires", d.name), &d.summary),
        HealthEvent::Cleared(d) if d.why.is_empty() => format!("alert {} cleared", d.name),
        HealthEvent::Cleared(d) => format!("alert {} fires on, {}", d.name, d.why),
        HealthEvent::Peer(d) => format!("{} reports ({}): {}", d.operator, d.trust, d.summary),
    }
}

fn run(e: &RunEvent) -> String {
    match e {
        RunEvent::Started(d) => {
            let digest = d.sha256.get(..8).unwrap_or(&d.sha256);
            format!("runbook {} r{} begun, digest {digest}, {} steps", d.runbook, d.revision, d.steps.len())
        }
        RunEvent::StepStarted(d) => {
            let what = if d.effect == Effect::Read {
                d.kind.as_str().to_owned()
            } else {
                format!("{}, {}", d.kind.as_str(), d.effect.as_str())
            };
            format!("step {} begun: {} ({what})", d.step, d.title)
        }
        RunEvent::StepFinished(d) => {
            let base = format!("step {} {}", d.step, d.outcome.as_str());
            match (d.outcome, d.actual.is_empty(), d.expected.is_empty()) {
                (StepOutcome::Failed, false, false) => format!("{base}: expected {}, got {}", d.expected, d.actual),
                (_, false, _) => format!("{base}: {}", d.actual),
                _ => base,
            }
        }
        RunEvent::StepSkipped(d) if d.rolls_back => with(format!("ROLLED BACK at step {}", d.step), &d.reason),
        RunEvent::StepSkipped(d) => with(format!("step {} skipped", d.step), &d.reason),
        RunEvent::Approved(d) => with(format!("step {} approved", d.step), &d.reason),
        RunEvent::OverrideAdded(d) => format!("temporary change by {} is in place; {} undoes it", d.step, d.undo),
        RunEvent::OverrideUndone(d) => format!("temporary change by {} undone", d.step),
        RunEvent::SheetFrozen(d) => {
            // What is read aloud is the digest of what stands there, not what the entry says of itself.
            let digest: String = d.digest().chars().take(8).collect();
            with(format!("sheet of {} frozen, digest {digest}, {} constants", d.runbook, d.values.len()), &d.says_go)
        }
    }
}
