//! The first line and what is pinned under it.

use crate::app::model::Model;
use crate::app::view::head::Head;
use crate::app::view::of::signing;
use crate::app::view::tone::{Said, Tone};
use crate::domain::event::Scope;
use crate::domain::incident::Incident;
use crate::domain::time::At;
use crate::share::etcd::Level;

/// Alarms shown one by one; more are counted.
const MAX_ALARMS: usize = 2;

/// The first line and what is pinned.
pub(super) fn head(model: &Model) -> Head {
    let incident = model.ledger().map(crate::domain::incident::Ledger::incident).filter(|i| i.status.is_some());
    Head {
        title: incident.map_or_else(|| "warroom".to_owned(), |i| i.title.to_uppercase()).into(),
        facts: incident.map_or_else(|| at_rest(model), |i| facts(model, i)),
        drill: drill(model, incident).into(),
        clock: clock(model).into(),
        orders: incident.map(orders).unwrap_or_default(),
        alarms: alarms(model),
    }
}

/// Seconds matter in an incident and in a drill; on a quiet day the screen stands still for a minute.
fn clock(model: &Model) -> String {
    if model.is_in_incident() || model.drill.is_some() {
        format!("{} UTC", model.now.hms())
    } else {
        format!("{} {} UTC", model.now.date(), model.now.hm())
    }
}

fn at_rest(model: &Model) -> Vec<Said> {
    let network = model.watch.specs.iter().map(|s| s.network.as_str()).find(|n| !n.is_empty());
    let mut facts: Vec<Said> = network.map(|n| Said::new(Tone::Quiet, n)).into_iter().collect();
    facts.push(Said::new(Tone::Quiet, format!("{} on {}", model.me.person, model.me.host)));
    facts.extend(sharing(model));
    facts
}

fn facts(model: &Model, incident: &Incident) -> Vec<Said> {
    let now = model.now;
    let m = &incident.milestones;
    let status = incident.status.map_or("", crate::domain::event::Status::as_str);
    let worst = if incident.is_open() { Tone::Bad } else { Tone::Quiet };
    let mut facts = vec![match incident.severity {
        0 => Said::new(Tone::Bad, "DECLARATION MISSING"),
        severity => Said::new(worst, format!("SEV-{severity} {status}")).or(format!("SEV-{severity}")),
    }];
    // The clocks of a finished incident stand still at its end.
    let until = m.closed.or(m.resolved).filter(|_| !incident.is_open()).unwrap_or(now);
    facts.extend(m.started.map(|at| Said::new(Tone::Plain, format!("onset {}", until.elapsed_since(at).clock()))));
    facts.push(commander(incident, until));
    facts.extend(signing::fact(model));
    let scope = model.watch.judge.scope().scope;
    if !matches!(scope, Scope::Healthy | Scope::Unknown) {
        facts.push(Said::new(Tone::Bad, scope.as_str().to_uppercase()));
    }
    facts.extend(m.declared.map(|at| Said::new(Tone::Plain, format!("declared {}", until.elapsed_since(at).clock()))));
    let deputies: Vec<&str> = incident.holders("deputy").iter().map(|p| p.as_str()).collect();
    let deputy = if deputies.is_empty() { "—".to_owned() } else { deputies.join(", ") };
    facts.push(Said::new(Tone::Quiet, format!("deputy {deputy}")));
    facts.extend(sharing(model));
    facts
}

/// How entries are carried to other hosts; what somebody has to mend stands among the alarms instead.
fn sharing(model: &Model) -> Option<Said> {
    let standing = model.sharing.as_ref()?;
    match standing.level {
        Level::Well => Some(Said::new(Tone::Quiet, standing.says.as_str())),
        Level::Waiting => Some(Said::new(Tone::Warn, standing.says.as_str())),
        Level::Bad => None,
    }
}

fn commander(incident: &Incident, now: At) -> Said {
    let held = incident.roles.get("incident-commander").and_then(|r| r.holders.first());
    match held {
        Some(h) => Said::new(Tone::Plain, format!("IC {} {}", h.person, now.elapsed_since(h.since).clock()))
            .or(format!("IC {}", h.person)),
        None => Said::new(Tone::Due, "IC nobody"),
    }
}

fn drill(model: &Model, incident: Option<&Incident>) -> String {
    match &model.drill {
        Some(d) if d.looking_back => "DRILL looking back".to_owned(),
        Some(d) if d.over => "DRILL over".to_owned(),
        Some(d) if d.paused => "DRILL paused".to_owned(),
        Some(d) => format!("DRILL {}x", d.speed),
        None if incident.is_some_and(|i| i.drill) => "DRILL".to_owned(),
        None => String::new(),
    }
}

fn orders(incident: &Incident) -> Vec<Said> {
    let order =
        |o: &crate::domain::incident::Order| Said::new(Tone::Plain, format!("{} ({} {})", o.text, o.by, o.at.hm()));
    incident.standing_orders().map(order).collect()
}

/// Rights that somebody took, as long as they hold.
fn raised(raise: &crate::domain::policy::Raise) -> String {
    let role = raise.role.as_ref().map(|r| format!(" and {r}")).unwrap_or_default();
    format!("BREAK-GLASS: {} acts as commander{role} until {}: {}", raise.person, raise.end().hms(), raise.reason)
}

/// What is wrong with our own eyes, disk or files, and rights that somebody took; said only when something is.
fn alarms(model: &Model) -> Vec<Said> {
    let mut said = Vec::new();
    said.extend(signing::awaited(model));
    let mut say = |text: String| said.push(Said::new(Tone::Bad, text));
    model.ledger().iter().flat_map(|l| l.incident().raises_at(model.now)).for_each(|r| say(raised(r)));
    if let Some(case) = &model.case {
        if !case.held.is_empty() {
            say(format!("{} entries not yet on disk", case.held.len()));
        }
        case.trouble.iter().for_each(|t| say(t.clone()));
        case.faults.iter().for_each(|f| say(f.says.clone()));
    }
    if model.past.is_some() {
        say(format!("LOOKING BACK at {}: nothing can be changed here", model.now.hms()));
    }
    if let Some(standing) = model.sharing.as_ref().filter(|s| s.level == Level::Bad) {
        say(standing.says.clone());
        standing.troubles.iter().for_each(|t| say(t.clone()));
    }
    model.faults.iter().for_each(|f| say(f.clone()));
    if said.len() > MAX_ALARMS + 1 {
        let more = said.len() - MAX_ALARMS;
        said.truncate(MAX_ALARMS);
        said.push(Said::new(Tone::Bad, format!("and {more} more; `warroom doctor` lists them")));
    }
    said
}
