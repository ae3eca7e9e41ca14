//! NEXT: what is due, most pressing first: unfilled roles, unanswered offers, tasks, concerns and questions, the next step.

use crate::app::keymap::{Action, Opening, key_for};
use crate::app::model::Model;
use crate::app::suggest::{Sure, suggested};
use crate::app::view::of::relapse;
use crate::app::view::of::revision::superseded;
use crate::app::view::tone::{Said, Tone};
use crate::domain::event::Status;
use crate::domain::id::RoleId;
use crate::domain::incident::{Incident, REQUIRED_ROLES, short_role};
use crate::domain::time::At;

/// What is due; never empty.
pub(super) fn next(model: &Model) -> Vec<Said> {
    let Some(ledger) = model.ledger().filter(|_| model.is_in_incident()) else {
        // Declared a second time it would be two incidents: the missing lines come first.
        if let Some(case) = model.case.as_ref().filter(|c| c.incident().status.is_none() && !c.faults.is_empty()) {
            let words =
                format!("fetch the damaged file from a colleague and import it: warroom verify {} names it", case.id);
            return vec![Said::new(Tone::Due, words).or("fetch the damaged file: warroom verify")];
        }
        let declare = Said::new(Tone::Due, "declare it: d, a severity from 1 (worst) to 5, a title").or("declare: d");
        return std::iter::once(declare).chain(suggestion(model)).collect();
    };
    let (incident, now) = (ledger.incident(), model.now);
    let clash =
        incident.conflicts_at(now).map(|c| Said::new(Tone::Bad, format!("CONFLICT: {}", c.says)).or("CONFLICT"));
    let mut said: Vec<Said> = clash.collect();
    // What to follow comes before who is missing, until something is being followed.
    let (first, later) =
        if incident.active_run().is_none() { (suggestion(model), None) } else { (None, suggestion(model)) };
    said.extend(relapse::after_relapse(incident));
    said.extend(first);
    said.extend(roles(incident, now));
    said.extend(offers(incident, now));
    said.extend(overdue(incident, now));
    said.extend(questions(incident, now));
    said.extend(incident.active_run().and_then(|run| superseded(model, run)));
    said.extend(later);
    said.extend(after(incident));
    said.extend(relapse::watching(model, incident));
    if said.is_empty() {
        said.push(Said::new(Tone::Quiet, "nothing is due"));
    }
    said
}

/// The runbook that fits what fails, why, and the key that begins it.
fn suggestion(model: &Model) -> Option<Said> {
    let key = key_for(Action::Open(Opening::Suggested))?;
    let found = suggested(model, Sure::Judged);
    let best = found.first()?;
    let more = match found.len() {
        1 => String::new(),
        n => format!(" or {} more", n - 1),
    };
    let why = best.why.first().map(|why| why.split(';').next().unwrap_or(why)).unwrap_or_default();
    let again = best.done.map(|at| format!(" once more (begun {} already)", at.hm())).unwrap_or_default();
    let short = format!("suggested: {}{more} ({})", best.id, key);
    Some(Said::new(Tone::Due, format!("suggested: {}{again}{more} ({}), for {why}", best.id, key)).or(short))
}

/// Roles that somebody must hold and nobody does.
fn roles(incident: &Incident, now: At) -> Vec<Said> {
    let empty: Vec<RoleId> =
        REQUIRED_ROLES.iter().filter(|r| incident.holders(r).is_empty()).map(|r| RoleId::new(r)).collect();
    let since = incident.milestones.declared.map(|at| now.elapsed_since(at).clock());
    let clock = since.map(|c| format!(" for {c}")).unwrap_or_default();
    let names: Vec<&str> = empty.iter().map(short_role).collect();
    match names.as_slice() {
        [] => Vec::new(),
        [first, rest @ ..] => {
            let all = if rest.is_empty() { (*first).to_owned() } else { format!("{first}, {}", rest.join(", ")) };
            vec![Said::new(Tone::Due, format!("{all}: nobody{clock} (a)")).or(format!("{all}: nobody"))]
        }
    }
}

/// Handovers that wait for the other's word.
fn offers(incident: &Incident, now: At) -> Vec<Said> {
    let offer = |(role, r): (&RoleId, &crate::domain::incident::Role)| {
        let o = r.offer.as_ref()?;
        let clock = now.elapsed_since(o.at).clock();
        let name = short_role(role);
        Some(
            Said::new(Tone::Due, format!("{} must take {name} from {} (y), {clock}", o.to, o.from))
                .or(format!("{}: take {name}?", o.to)),
        )
    };
    incident.roles.iter().filter_map(offer).collect()
}

/// Tasks whose time box is over: the console asks back.
fn overdue(incident: &Incident, now: At) -> Vec<Said> {
    let over = incident.open_tasks().filter(|t| t.due() < now);
    over.map(|t| {
        Said::new(Tone::Due, format!("ask {} about \"{}\"", t.task.to, t.task.text)).or(format!("ask {}", t.task.to))
    })
    .collect()
}

/// Concerns and proposals that wait for an answer.
fn questions(incident: &Incident, now: At) -> Vec<Said> {
    let concerns = incident.concerns.iter().filter(|c| c.answer.is_none());
    let concerns = concerns.map(|c| {
        Said::new(Tone::Due, format!("answer {}'s concern: {}", c.by, c.text)).or(format!("answer {}'s concern", c.by))
    });
    let open = incident.decisions.iter().filter(|d| d.made.is_none());
    let open = open.map(|d| {
        let clock = now.elapsed_since(d.at).clock();
        Said::new(Tone::Due, format!("decide: {} ({clock})", d.question)).or(format!("decide: {}", d.question))
    });
    concerns.chain(open).collect()
}

/// What keeps the incident from its next state, and temporary changes that are still in place.
fn after(incident: &Incident) -> Vec<Said> {
    let mut said = Vec::new();
    let open: usize = incident.runs.values().map(|r| r.open_overrides().count()).sum();
    if open > 0 {
        let s = if open == 1 { "" } else { "s" };
        said.push(
            Said::new(Tone::Due, format!("{open} temporary change{s} to undo before closing"))
                .or(format!("undo {open} change{s}")),
        );
    }
    let word = match incident.status {
        Some(Status::Mitigated) => "watch; resolve when it holds (S)",
        Some(Status::Resolved) => "draft the post-mortem; close when every loose end is tied (S)",
        _ if incident.milestones.recovered.is_some() && incident.failing().next().is_none() => {
            "all verdicts are good again: mitigated or resolved? (S)"
        }
        _ => return said,
    };
    said.push(Said::new(Tone::Plain, word));
    said
}
