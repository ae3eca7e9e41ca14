//! A yes to a step, whoever asks for it: what one's own key is to sign for it, and what is recorded once it is given.
//! Must not know how it was asked for, nor who signs.

use crate::domain::event::{ApprovalGiven, RunEvent, StepKind};
use crate::domain::id::{IncidentId, PersonId, StepId};
use crate::domain::incident::Trust;
use crate::domain::run::Run;
use crate::domain::statement::Approval;
use crate::domain::time::{At, Span};
use crate::runbook::model::Runbook;
use crate::runbook::next;

/// How long a yes may wait for its signature and its place in the log. Later, it has no effect: things look different by then.
pub const APPROVAL_LIFE: Span = Span::from_mins(15);

/// What one's own key is to sign for a yes; nothing where the roster has no key of this person, whose plain word counts then.
#[must_use]
pub fn statement(trust: &Trust, incident: &IncidentId, who: &PersonId, run: &Run, step: &StepId, now: At) -> String {
    let ring = trust.ring().filter(|ring| !ring.is_off());
    if !ring.is_some_and(|ring| ring.has_key_of(who.as_str())) {
        return String::new();
    }
    let approval = Approval {
        incident: incident.clone(),
        principal: who.clone(),
        run: run.id.clone(),
        step: step.clone(),
        digest: run.step_digest(step),
        expires: now.plus(APPROVAL_LIFE),
    };
    approval.text()
}

/// What is recorded for a yes: itself, and the end of an approval step that it completes.
///
/// # Errors
/// Why the yes would change nothing.
pub fn yes(
    book: &Runbook,
    run: &Run,
    given: ApprovalGiven,
    who: &PersonId,
    user: &str,
    host: &str,
) -> Result<Vec<RunEvent>, String> {
    let step = book.step(&given.step).ok_or_else(|| format!("the pinned text has no step {}", given.step))?;
    let mut after = run.clone();
    let yes = RunEvent::from(given);
    after.apply(&yes, At::default(), who)?;
    let mut events = vec![yes];
    if step.kind == StepKind::Approve && next::missing_approvals(step, &after, who) == 0 {
        let started = next::begin(book, step, run, user, host);
        let finished = next::answer(book, run, step, "")?;
        events.extend([started.into(), finished.into()]);
    }
    Ok(events)
}
