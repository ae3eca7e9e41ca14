//! Decisions, orders, tasks and action items: what may be opened, and what may be closed.

use crate::domain::command::MatterCommand;
use crate::domain::decide::check::{entry_named, some_words, words};
use crate::domain::decide::rejection::Rejection;
use crate::domain::event::{
    ActionClosed, ActionOpened, DecisionMade, DecisionObjected, DecisionProposed, Event, OrderLifted, OrderStanding,
    TaskAnswered, TaskGiven,
};
use crate::domain::incident::Ledger;

/// A question has at most so many options: more cannot be weighed, nor shown; they are refused.
const MAX_OPTIONS: usize = 12;

/// A task's time box goes up to one day; longer work is an action item.
const MAX_TASK_MINUTES: u32 = 24 * 60;

pub(super) fn decide(ledger: &Ledger, command: &MatterCommand) -> Result<Event, Rejection> {
    Ok(match command {
        MatterCommand::Propose(question, options) => {
            DecisionProposed { question: words(question, "the question")?, options: choices(options)? }.into()
        }
        MatterCommand::Object(id, text) => {
            let decision = entry_named(ledger, id)?;
            if !ledger.incident().decisions.iter().any(|d| d.id == decision) {
                return Err(Rejection::misuse(format!("{decision} is no decision")));
            }
            DecisionObjected { decision, text: words(text, "the objection")? }.into()
        }
        MatterCommand::Settle(id, outcome, reason) => settle(ledger, id, outcome, reason)?,
        MatterCommand::Decide(question, outcome, reason) => DecisionMade {
            question: words(question, "the question")?,
            outcome: words(outcome, "the outcome")?,
            proposal: None,
            reason: some_words(reason, "the reason")?,
        }
        .into(),
        MatterCommand::Order(text) => OrderStanding { text: words(text, "the order")? }.into(),
        MatterCommand::Lift(id, reason) => lift(ledger, id, reason)?,
        MatterCommand::Task(to, minutes, text) => {
            if !(1..=MAX_TASK_MINUTES).contains(minutes) {
                return Err(Rejection::misuse(format!(
                    "a time box of {minutes} min; it goes from 1 to {MAX_TASK_MINUTES}"
                )));
            }
            words(to.as_str(), "the owner")?;
            TaskGiven { to: to.clone(), text: words(text, "the task")?, minutes: *minutes }.into()
        }
        MatterCommand::AnswerTask(id, outcome, text) => {
            let task = entry_named(ledger, id)?;
            match ledger.incident().tasks.iter().find(|t| t.id == task) {
                None => return Err(Rejection::misuse(format!("{task} is no task"))),
                Some(t) if t.answer.is_some() => {
                    return Err(Rejection::misuse(format!("task {task} is answered already")));
                }
                Some(_) => TaskAnswered { task, outcome: *outcome, text: some_words(text, "the answer")? }.into(),
            }
        }
        MatterCommand::Action(text, owner, due) => {
            if !due.is_empty() && crate::domain::time::At::parse(&format!("{due}T00:00:00Z")).is_none() {
                return Err(Rejection::misuse(format!("`{due}` is no date; write it as 2026-12-01")));
            }
            ActionOpened { text: words(text, "the action item")?, owner: owner.clone(), due: due.clone() }.into()
        }
        MatterCommand::CloseAction(id, outcome) => {
            let action = entry_named(ledger, id)?;
            match ledger.incident().actions.iter().find(|a| a.id == action) {
                None => return Err(Rejection::misuse(format!("{action} is no action item"))),
                Some(a) if a.closed.is_some() => return Err(Rejection::misuse(format!("{action} is closed already"))),
                Some(_) => ActionClosed { action, outcome: some_words(outcome, "the outcome")? }.into(),
            }
        }
    })
}

fn choices(options: &[String]) -> Result<Vec<String>, Rejection> {
    if options.len() > MAX_OPTIONS {
        return Err(Rejection::misuse(format!("{} options; a question has at most {MAX_OPTIONS}", options.len())));
    }
    options.iter().map(|option| words(option, "an option")).collect()
}

fn settle(ledger: &Ledger, id: &str, outcome: &str, reason: &str) -> Result<Event, Rejection> {
    let proposal = entry_named(ledger, id)?;
    let found = ledger.incident().decisions.iter().find(|d| d.id == proposal);
    let found = found.ok_or_else(|| Rejection::misuse(format!("{proposal} is no proposal")))?;
    if found.made.is_some() {
        return Err(Rejection::policy(format!("{proposal} is decided; put a new proposal to change it")));
    }
    Ok(DecisionMade {
        question: found.question.clone(),
        outcome: words(outcome, "the outcome")?,
        proposal: Some(proposal),
        reason: some_words(reason, "the reason")?,
    }
    .into())
}

fn lift(ledger: &Ledger, id: &str, reason: &str) -> Result<Event, Rejection> {
    let order = entry_named(ledger, id)?;
    match ledger.incident().orders.iter().find(|o| o.id == order) {
        None => Err(Rejection::misuse(format!("{order} is no standing order"))),
        Some(o) if o.lifted.is_some() => Err(Rejection::misuse(format!("{order} is lifted already"))),
        Some(_) => Ok(OrderLifted { order, reason: some_words(reason, "the reason")? }.into()),
    }
}
