//! Two people did what only one could: on two hosts, at once, found out when their logs met. Who wins follows from the order of
//! the log alone, and so is the same everywhere; the other one is told.

use crate::domain::entry::Entry;
use crate::domain::event::{
    DecisionMade, Event, HandoverState, IncidentEvent, RecordEvent, RunEvent, Status, StepStarted,
};
use crate::domain::id::{EntryRef, PersonId, RoleId, RunId, StepId};
use crate::domain::incident::roles::is_exclusive;
use crate::domain::incident::state::Incident;
use crate::domain::run::{Run, StepState};
use crate::domain::time::{At, Span};

/// Two decisions of one question within this time, by two people and with two outcomes, contradict one another; later it is a
/// change of mind.
pub const CONTRARY_WITHIN: Span = Span::from_mins(10);

/// For so long a conflict stands on every screen; it stays in the log.
pub const SHOWN_FOR: Span = Span::from_mins(30);

/// What two people did at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Over {
    /// Both declared it.
    Declaration,
    /// Both have the role.
    Role(RoleId),
    /// Both moved the incident on.
    Status,
    /// Both ran the step.
    Step(RunId, StepId),
    /// Both decided.
    Decision,
}

/// One conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The later one of the two entries.
    pub entry: EntryRef,
    /// When that one was recorded.
    pub at: At,
    /// About what.
    pub over: Over,
    /// Whose word counts.
    pub won_by: PersonId,
    /// Whose does not.
    pub lost_by: PersonId,
    /// In a sentence.
    pub says: String,
}

impl Incident {
    /// Conflicts that are fresh enough to stand on every screen.
    pub fn conflicts_at(&self, now: At) -> impl Iterator<Item = &Conflict> {
        self.conflicts.iter().filter(move |c| now.since(c.at) < SHOWN_FOR)
    }

    /// What this entry contradicts in the state before it.
    pub(super) fn conflict(&self, entry: &Entry) -> Option<Conflict> {
        let (over, won_by, lost_by, says) = match &entry.event {
            Event::Incident(event) => self.over_incident(event, &entry.actor)?,
            Event::Record(RecordEvent::Decided(made)) => self.over_decision(made, entry)?,
            Event::Run(RunEvent::StepStarted(started)) => self.over_step(started, &entry.actor)?,
            _ => return None,
        };
        Some(Conflict { entry: entry.name(), at: entry.recorded(), over, won_by, lost_by, says })
    }

    fn over_incident(&self, event: &IncidentEvent, actor: &PersonId) -> Option<Found> {
        match event {
            IncidentEvent::Declared(_) => {
                let first = self.declared_by.as_ref().filter(|by| *by != actor)?;
                let says = format!("{first} and {actor} both declared it; {first}'s declaration counts");
                Some((Over::Declaration, first.clone(), actor.clone(), says))
            }
            IncidentEvent::Assigned(e) => self.over_role(&e.role, e.to.as_ref()?),
            IncidentEvent::HandedOver(e) if e.state == HandoverState::Accepted => {
                let given = self.roles.get(&e.role).is_some_and(|r| !r.is_held_by(&e.from));
                if given { self.over_role(&e.role, &e.to) } else { None }
            }
            IncidentEvent::Status(e) => self.over_status(e.to, actor),
            _ => None,
        }
    }

    fn over_role(&self, role: &RoleId, to: &PersonId) -> Option<Found> {
        let held = self.roles.get(role)?.holders.first().filter(|h| h.person != *to && is_exclusive(role))?;
        let says = format!("two were given {role}: {} keeps it, {to} does not have it", held.person);
        Some((Over::Role(role.clone()), held.person.clone(), to.clone(), says))
    }

    /// The same step twice: the first counts. A step that the other one made impossible: the later word stands.
    fn over_status(&self, to: Status, actor: &PersonId) -> Option<Found> {
        let (now, by) = (self.status?, self.status_by.as_ref().filter(|by| *by != actor)?);
        if now == to {
            let says = format!("{by} and {actor} both set the status to {}; {by}'s word counts", to.as_str());
            return Some((Over::Status, by.clone(), actor.clone(), says));
        }
        let says =
            format!("{by} set the status to {}, {actor} to {}: {} stands", now.as_str(), to.as_str(), to.as_str());
        (!now.next().contains(&to)).then(|| (Over::Status, actor.clone(), by.clone(), says))
    }

    fn over_decision(&self, made: &DecisionMade, entry: &Entry) -> Option<Found> {
        let by = &entry.actor;
        if let Some(proposal) = &made.proposal {
            let settled = self.decisions.iter().find(|d| d.id == *proposal)?.made.as_ref()?;
            let says = format!(
                "{} settled \"{}\" with {}; {by}'s {} does not count",
                settled.by, made.question, settled.outcome, made.outcome
            );
            let contrary = settled.outcome != made.outcome && settled.by != *by;
            return contrary.then(|| (Over::Decision, settled.by.clone(), by.clone(), says));
        }
        let same = |a: &str, b: &str| a.trim().eq_ignore_ascii_case(b.trim());
        let earlier = self.decisions.iter().rev().filter_map(|d| Some((d, d.made.as_ref()?)));
        let (_, before) = earlier
            .filter(|(d, _)| same(&d.question, &made.question))
            .find(|(_, m)| m.by != *by && !same(&m.outcome, &made.outcome))?;
        let close = entry.when().elapsed_since(before.at) < CONTRARY_WITHIN;
        let says = format!(
            "\"{}\": {} decided {}, {by} decided {}; the later word, {}, stands",
            made.question, before.by, before.outcome, made.outcome, made.outcome
        );
        close.then(|| (Over::Decision, by.clone(), before.by.clone(), says))
    }

    fn over_step(&self, started: &StepStarted, actor: &PersonId) -> Option<Found> {
        let run = self.runs.get(&started.run)?;
        if run.attempts.get(&started.step).is_none_or(|n| *n < started.attempt) {
            return None;
        }
        let (first, host) = match run.state(&started.step) {
            StepState::Running { by, started, .. } => (by, started.host.as_str()),
            StepState::Ended { by, finished, .. } if finished.attempt == started.attempt => (by, "another host"),
            _ => return None,
        };
        let twice = first != actor || host != started.host;
        let says = format!(
            "step {} was begun twice at once: {first}'s on {host} counts, {actor}'s on {} does not; both may have run",
            started.step, started.host
        );
        twice.then(|| (Over::Step(started.run.clone(), started.step.clone()), first.clone(), actor.clone(), says))
    }

    /// Notes a start that lost, so that its end is not taken for the end of the one that counts.
    pub(super) fn note_rival(&mut self, event: &Event) {
        let Event::Run(RunEvent::StepStarted(lost)) = event else { return };
        if let Some(run) = self.runs.get_mut(&lost.run) {
            run.rivals.insert((lost.step.clone(), lost.attempt, lost.host.clone()));
        }
    }

    /// The end of a start that lost, told by its host.
    pub(super) fn is_rivals_end(&self, run: &Run, event: &RunEvent, entry: &Entry) -> bool {
        let RunEvent::StepFinished(end) = event else { return false };
        let Some(host) = self.writers.get(&entry.writer).map(|w| w.host.as_str()) else { return false };
        let won_here = matches!(run.state(&end.step), StepState::Running { started, .. } if started.host == host);
        !won_here && run.rivals.contains(&(end.step.clone(), end.attempt, host.to_owned()))
    }
}

type Found = (Over, PersonId, PersonId, String);
