//! Who led, who decided what, who was asked to do what.

use crate::domain::event::{Event, HandoverState, IncidentEvent, TaskOutcome};
use crate::domain::time::At;
use crate::report::markdown::{Page, cite, inline};
use crate::report::sections::head::stamp;
use crate::report::source::Source;

pub(in crate::report) fn roles(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Roles");
    let incident = source.incident();
    let held: Vec<_> = incident.roles.iter().filter(|(_, r)| !r.past.is_empty()).collect();
    if held.is_empty() {
        page.item("Nobody took a role.");
    } else {
        page.table(&["role", "who", "from", "to", "source"]);
        for (id, role) in held {
            for (person, from, to) in &role.past {
                let to = to.map_or_else(|| "the end of the log".to_owned(), At::hms);
                let assigned = source.cite_when(*from, "role.assigned");
                let by = if assigned.is_empty() { source.cite_when(*from, "role.handed-over") } else { assigned };
                page.row(&[inline(id.as_str()), inline(person.as_str()), from.hms(), to, by]);
            }
        }
        page.gap();
    }
    for entry in &source.entries {
        let Event::Incident(IncidentEvent::HandedOver(h)) = &entry.event else { continue };
        let how = match h.state {
            HandoverState::Offered => "offered",
            HandoverState::Accepted => "acknowledged",
            HandoverState::Declined => "declined",
        };
        let briefing = if h.briefing.is_empty() { String::new() } else { format!(": {}", inline(&h.briefing)) };
        page.item(&format!(
            "Handover of {} from {} to {}, {how} {}{briefing} {}",
            inline(h.role.as_str()),
            inline(h.from.as_str()),
            inline(h.to.as_str()),
            entry.when().hms(),
            cite(&entry.name())
        ));
    }
    raises(page, source);
}

/// Rights that people took for a while: each with its reason, for a review asks why nobody was there who might.
fn raises(page: &mut Page, source: &Source<'_>) {
    for raise in &source.incident().raises {
        let role = raise.role.as_ref().map(|r| format!(" and {}", inline(r.as_str()))).unwrap_or_default();
        let end = if raise.ended.is_some() { "given back" } else { "ran out" };
        page.item(&format!(
            "**Break-glass**: {} acted as commander{role} from {} to {} ({end}): {} {}",
            inline(raise.person.as_str()),
            raise.from.hms(),
            raise.end().hms(),
            inline(&raise.reason),
            cite(&raise.id)
        ));
    }
}

pub(in crate::report) fn decisions(page: &mut Page, source: &Source<'_>) {
    page.heading(2, "Decisions");
    let incident = source.incident();
    if incident.decisions.is_empty() {
        page.item("The log holds no decision.");
    }
    for decision in &incident.decisions {
        match &decision.made {
            Some(made) => page.item(&format!(
                "{}: {} **{}**, decided by {} {}",
                stamp(made.at),
                inline(&decision.question),
                inline(&made.outcome),
                inline(made.by.as_str()),
                cite(&made.id)
            )),
            None => page.item(&format!(
                "{}: {} — put by {} and never settled {}",
                stamp(decision.at),
                inline(&decision.question),
                inline(decision.by.as_str()),
                cite(&decision.id)
            )),
        }
        if !decision.options.is_empty() {
            let options: Vec<String> = decision.options.iter().map(|o| inline(o)).collect();
            page.sub_item(&format!("options: {} {}", options.join("; "), cite(&decision.id)));
        }
        if let Some(made) = decision.made.as_ref().filter(|m| !m.reason.is_empty()) {
            page.sub_item(&format!("reason: {}", inline(&made.reason)));
        }
        for objection in &decision.objections {
            page.sub_item(&format!(
                "objection by {} at {}: {} {}",
                inline(objection.by.as_str()),
                objection.at.hms(),
                inline(&objection.text),
                source.cite_when(objection.at, "decision.objected")
            ));
        }
    }
    if !incident.orders.is_empty() {
        page.heading(3, "Standing orders");
    }
    for order in &incident.orders {
        let lifted = order.lifted.as_ref().map_or_else(
            || "not lifted".to_owned(),
            |(at, by, why)| {
                let why = if why.is_empty() { String::new() } else { format!(": {}", inline(why)) };
                format!("lifted {} by {}{why} {}", at.hms(), inline(by.as_str()), source.cite_when(*at, "order.lifted"))
            },
        );
        page.item(&format!(
            "**{}**, {} by {} {}; {lifted}",
            inline(&order.text),
            stamp(order.at),
            inline(order.by.as_str()),
            cite(&order.id)
        ));
    }
}

pub(in crate::report) fn tasks(page: &mut Page, source: &Source<'_>) {
    let incident = source.incident();
    if incident.tasks.is_empty() {
        return;
    }
    page.heading(2, "Tasks");
    page.table(&["given", "to", "what", "time box", "answer", "source"]);
    for task in &incident.tasks {
        let answer = task.answer.as_ref().map_or_else(
            || "not answered".to_owned(),
            |(at, answer)| {
                let how = match answer.outcome {
                    TaskOutcome::Done => "done",
                    TaskOutcome::Failed => "failed",
                    TaskOutcome::Dropped => "dropped",
                };
                let late = if *at > task.due() { ", after its time box" } else { "" };
                let text = if answer.text.is_empty() { String::new() } else { format!(": {}", inline(&answer.text)) };
                format!("{how} {}{late}{text} {}", at.hms(), source.cite_when(*at, "task.answered"))
            },
        );
        page.row(&[
            task.at.hms(),
            inline(task.task.to.as_str()),
            inline(&task.task.text),
            format!("{} min", task.task.minutes),
            answer,
            cite(&task.id),
        ]);
    }
    page.gap();
}
