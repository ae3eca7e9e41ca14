//! What comes back from the log. Only here does the incident change.

use crate::app::case::{Case, Damage};
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::msg::{Durability, JournalMsg};
use crate::app::update::{step, watch};
use crate::app::view::relapse_alarm;
use crate::domain::entry::Entry;
use crate::domain::event::{ChainEvent, Event, RunEvent};
use crate::domain::incident::{Conflict, Ledger, Relapse};

/// At most so many conflicts are looked at for news; more at once are in the log, and the newest are told.
const MAX_CONFLICTS: usize = 16;

pub(super) fn take(model: &mut Model, msg: JournalMsg) -> Vec<Effect> {
    // Opening an incident tells nobody what was told before.
    let opens = matches!(msg, JournalMsg::Opened { .. });
    let before = conflicts(model);
    let fell = relapses(model);
    let effects = change(model, msg);
    if let Some(relapse) = fallen_back(model, fell).filter(|_| !opens) {
        model.warn(relapse_alarm(&relapse));
    }
    let fresh: Vec<Conflict> = conflicts(model).into_iter().filter(|c| !opens && !before.contains(c)).collect();
    for conflict in fresh {
        let lost = conflict.lost_by == model.me.person;
        model.warn(if lost { format!("YOURS did not count: {}", conflict.says) } else { conflict.says });
    }
    effects
}

fn relapses(model: &Model) -> usize {
    model.case.as_ref().map_or(0, |c| c.incident().relapses.len())
}

/// The newest relapse, where there is one more than before.
fn fallen_back(model: &Model, before: usize) -> Option<Relapse> {
    let all = &model.case.as_ref()?.incident().relapses;
    all.last().filter(|_| all.len() > before).cloned()
}

/// The newest conflicts, as many as one batch may bring to light.
fn conflicts(model: &Model) -> Vec<Conflict> {
    let all = model.case.as_ref().map(|c| c.incident().conflicts.as_slice()).unwrap_or_default();
    all.iter().rev().take(MAX_CONFLICTS).cloned().collect()
}

fn change(model: &mut Model, msg: JournalMsg) -> Vec<Effect> {
    match msg {
        JournalMsg::Opened { id, writer, entries, anchor, faults } => {
            let mut case = Case::new(id, writer, entries, anchor);
            faults.into_iter().for_each(|f| case.note_fault(f));
            let signers = keep_signers(&case.ledger);
            let open = case.incident().active_run().filter(|run| !run.attempts.is_empty() && model.drill.is_none());
            model.taken_up = open.map(|run| (model.now, Box::new(run.clone())));
            model.case = Some(case);
            (model.past, model.live, model.waiting) = (None, None, 0);
            return signers.into_iter().chain(watch::pour(model)).collect();
        }
        JournalMsg::Sealed(found) => {
            if let Some(case) = &mut model.case {
                case.ledger.seal(&found);
            }
        }
        JournalMsg::Appended(entries, durability) => return appended(model, entries, durability),
        JournalMsg::Others(entries) => {
            if let Some(case) = &mut model.case {
                let vouched = entries.iter().any(vouches);
                case.take(entries);
                return vouched.then(|| keep_signers(&case.ledger)).flatten().into_iter().collect();
            }
        }
        JournalMsg::Durable { writer, up_to_seq } => {
            if let Some(case) = &mut model.case {
                case.held.retain(|e| e.writer != writer || e.seq > up_to_seq);
            }
        }
        JournalMsg::Replaced { writer, entries } => {
            if let Some(case) = &mut model.case {
                case.ledger = case.ledger.again(entries);
                case.writer = writer;
                case.held.clear();
            }
        }
        JournalMsg::Reread(entries) => {
            if let Some(case) = &mut model.case {
                case.ledger = case.ledger.again(entries);
            }
        }
        JournalMsg::Trouble(what) => {
            if let Some(case) = &mut model.case {
                case.trouble = Some(what);
            }
        }
        JournalMsg::Well => {
            if let Some(case) = &mut model.case {
                case.trouble = None;
                case.held.clear();
            }
            model.say("the disk is back; everything is saved");
        }
        JournalMsg::Fault(fault) => damaged(model, fault),
        JournalMsg::Over(fault) => {
            if let Some(case) = &mut model.case {
                case.over(&fault);
            }
        }
        JournalMsg::Mended(file) => mended(model, &file),
        JournalMsg::Refused(why) => refused(model, &why),
    }
    Vec::new()
}

fn damaged(model: &mut Model, fault: Damage) {
    if let Some(case) = &mut model.case {
        case.note_fault(fault);
    }
}

fn mended(model: &mut Model, file: &str) {
    if model.case.as_mut().is_some_and(|case| case.mended(file)) {
        model.say(format!("the log is mended: {file} goes on as it should"));
    }
}

/// What was said is not lost: the command line brings it back.
fn refused(model: &mut Model, why: &str) {
    model.waiting = 0;
    model.unsaid = model.said.take();
    let back = if model.unsaid.is_some() { " · `:` brings your line back" } else { "" };
    model.warn(format!("not recorded: {why}{back}"));
}

fn appended(model: &mut Model, entries: Vec<Entry>, durability: Durability) -> Vec<Effect> {
    model.waiting = model.waiting.saturating_sub(entries.len());
    if model.waiting == 0 {
        // All that was said is recorded: it never comes back as not said.
        model.said = None;
    }
    let starts: Vec<_> = entries.iter().filter_map(|e| Some((e.name(), started(e)?))).collect();
    let was_open = model.is_in_incident();
    let Some(case) = &mut model.case else { return Vec::new() };
    if durability == Durability::Held {
        case.held.extend(entries.iter().map(Entry::name));
    }
    let vouched = entries.iter().any(vouches);
    let looking = model.screen.focus == crate::app::pane::Pane::Timeline;
    case.take(entries);
    if looking {
        case.mark_read();
    }
    let signers = vouched.then(|| keep_signers(&case.ledger)).flatten();
    // A start without effect (somebody else's came before it, or it was not allowed) runs nothing.
    let counts = |name| model.case.as_ref().is_some_and(|c| !c.incident().no_effect.contains_key(name));
    let starts = starts.iter().filter(|(name, _)| counts(name));
    let mut effects: Vec<Effect> = starts.filter_map(|(_, s)| step::run_started(model, s)).collect();
    if !effects.is_empty() {
        // What an attempt before this one wrote is not this one's.
        model.live = None;
    }
    if !was_open && model.is_in_incident() {
        effects.extend(watch::pour(model));
    }
    effects.extend(signers);
    effects
}

/// Whether an entry may change whose keys an outsider must know.
const fn vouches(entry: &Entry) -> bool {
    matches!(entry.event, Event::Chain(ChainEvent::Delegated(_) | ChainEvent::Pinned(_)))
}

/// Where anybody has a key, those who check the log with stock tools are told of it.
fn keep_signers(ledger: &Ledger) -> Option<Effect> {
    let trust = ledger.trust();
    trust.has_keys().then(|| Effect::KeepSigners(Box::new(trust.clone())))
}

fn started(entry: &Entry) -> Option<crate::domain::event::StepStarted> {
    match &entry.event {
        Event::Run(RunEvent::StepStarted(started)) => Some((**started).clone()),
        _ => None,
    }
}
