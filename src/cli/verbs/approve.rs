//! `warroom approve`: a yes to a step that waits for it, signed by one's own key where signatures are wanted; and what waits.
//! What counts is the fold's to say: a yes that stands in the log without effect is no success.

use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::manner::Manner;
use crate::cli::outcome::CliError;
use crate::cli::own_key;
use crate::cli::print::aside;
use crate::cli::record::record_in;
use crate::cli::verbs::runbook::pinned;
use crate::cli::which::{self, Chosen};
use crate::domain::command::Command;
use crate::domain::entry::NewEntry;
use crate::domain::event::{ApprovalGiven, Event, RunEvent, StepKind};
use crate::domain::id::{PersonId, RunId, StepId};
use crate::domain::incident::Ledger;
use crate::domain::policy::Authority;
use crate::domain::roster::Signatures;
use crate::domain::run::Run;
use crate::runbook::approval;
use crate::runbook::model::{Runbook, Step};
use crate::runbook::next;
use crate::runtime::console::{host_name, user_name};
use crate::runtime::signing::{ask, too_easy, verb_limit};
use crate::runtime::standings;

/// Most people that a sentence names; the others are counted.
const NAMED_MAX: usize = 8;

/// `warroom approve`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom approve                                      what waits for a yes, and whose
  warroom approve failover-1-alice go --reason \"both signers are down, I looked\"

A yes is for exactly this step: its text, its parameters, its host. Where the roster has a key of yours, that key signs it
(a touch or a confirmation may be asked for), and it holds for 15 minutes. Nobody approves what they ask for themselves.")]
pub struct Approve {
    /// The run, as `warroom approve` lists it
    #[arg(requires = "step")]
    run: Option<String>,
    /// The step
    step: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", requires = "step")]
    reason: Option<String>,
    #[command(flatten)]
    manner: Manner,
}

/// A step that waits for a yes.
#[derive(Serialize)]
struct Row {
    id: String,
    run: String,
    step: String,
    title: String,
    runbook: String,
    digest: String,
    kind: &'static str,
    effect: &'static str,
    host: String,
    command: String,
    asked_by: String,
    /// Absent where the pinned text is not at hand, as `missing` is.
    needs: Option<u32>,
    given: Vec<String>,
    missing: Option<u32>,
    role: Option<String>,
    may: Vec<String>,
}

impl Approve {
    /// Says yes, or lists what waits.
    ///
    /// # Errors
    /// Wrong use (2), refused (3) with who may, or could not (4).
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let (Some(run), Some(step)) = (self.run, self.step) else { return list(context, self.manner.json) };
        let chosen = which::for_writing(context)?;
        let events = events(context, &chosen, &run, &step, self.reason.unwrap_or_default())?;
        record_in(context, &self.manner, &chosen, Command::Run(events), sign)?;
        effect(context, &chosen, &RunId::from(run), &StepId::from(step))
    }
}

/// What the yes leads to, where this person can give it now.
fn events(
    context: &Context,
    chosen: &Chosen,
    run: &str,
    step: &str,
    reason: String,
) -> Result<Vec<RunEvent>, CliError> {
    let incident = chosen.ledger.incident();
    let open: Vec<&str> = incident.runs.values().filter(|r| !r.is_done()).map(|r| r.id.as_str()).collect();
    let found = incident.runs.get(&RunId::from(run)).filter(|r| !r.is_done());
    let run = found.ok_or_else(|| {
        let there = if open.is_empty() { "none is open".to_owned() } else { format!("open are {}", open.join(", ")) };
        CliError::Usage(format!("no run `{run}` is open in {}; {there}", chosen.id))
    })?;
    let book = pinned(&chosen.dir, &run.pinned)?;
    let current = run.current().ok_or_else(|| CliError::usage("every step is done"))?;
    if current.as_str() != step {
        let known = if run.has_step(&StepId::from(step)) { "it is not its turn" } else { "the run has no such step" };
        return Err(CliError::Usage(format!("step `{step}`: {known}; people are at step {current}")));
    }
    let step = book.step(current).ok_or_else(|| CliError::failed(format!("the pinned text has no step {current}")))?;
    let who = context.actor()?;
    if waits(&book, run, &who).is_none() {
        let needed = next::needed(step);
        let says = if needed == 0 { "asks for nobody's yes".to_owned() } else { format!("has its {needed} already") };
        return Err(CliError::Usage(format!("step {current} {says}; `warroom approve` lists what waits")));
    }
    let (run_id, now) = (run.id.clone(), context.clock()?.now());
    let statement = approval::statement(chosen.ledger.trust(), &chosen.id, &who, run, current, now);
    let given = ApprovalGiven { run: run_id, step: current.clone(), statement, sig: String::new(), reason };
    approval::yes(&book, run, given, &who, &user_name(), &host_name()).map_err(|why| {
        let others = whose(context, &chosen.ledger, run, step);
        CliError::Refused(if others.is_empty() { why } else { format!("{why}; {} may", others.join(", ")) })
    })
}

/// The step that waits for a yes of somebody else than `who`.
fn waits<'b>(book: &'b Runbook, run: &Run, who: &PersonId) -> Option<&'b Step> {
    let step = run.current().and_then(|id| book.step(id))?;
    (next::needed(step) > 0 && next::missing_approvals(step, run, who) > 0).then_some(step)
}

/// The own key's word for the yes among these. Whoever says yes is there to be asked, terminal or not.
fn sign(context: &Context, entries: &mut [NewEntry]) -> Result<(), CliError> {
    for entry in entries {
        let Event::Run(RunEvent::Approved(yes)) = &mut entry.event else { continue };
        if yes.statement.is_empty() {
            continue;
        }
        let no = |why: String| CliError::Refused(format!("a yes counts only when your own key signs it: {why}"));
        let own = own_key::find(context, true)?.map_err(no)?;
        let print = own.key().fingerprint();
        let say = |what: &str| aside(&format!("your yes to {} awaits {print}: {what}", yes.step));
        let word = ask(&own, &yes.statement, verb_limit(true), say);
        let word = word.map_err(|why| no(format!("{print}: {why}")))?;
        if let Some(why) = too_easy(&own, &word) {
            return Err(no(why.to_owned()));
        }
        yes.sig = word.signed.sig;
    }
    Ok(())
}

/// What became of it, as everybody's fold has it.
fn effect(context: &mut Context, chosen: &Chosen, run: &RunId, step: &StepId) -> Result<(), CliError> {
    let witness = context.paths()?.witness(chosen.id.as_str());
    let ledger = standings::fold(&chosen.dir, &witness).ledger;
    let who = context.actor()?;
    let ours = ledger.entries().iter().rev().find(|e| {
        e.actor == who
            && matches!(&e.event, Event::Run(RunEvent::Approved(yes)) if yes.run == *run && yes.step == *step)
    });
    let why = ours.and_then(|yes| ledger.incident().no_effect.get(&yes.name()));
    if let Some(why) = why {
        return Err(CliError::Refused(format!("it is recorded and has no effect: {why}")));
    }
    let Some(run) = ledger.incident().runs.get(run) else { return Ok(()) };
    let Ok(book) = pinned(&chosen.dir, &run.pinned) else { return Ok(()) };
    match book.step(step).map(|step| (step, next::missing_approvals(step, run, &run.by))) {
        Some((step, missing)) if missing > 0 => {
            let others = whose(context, &ledger, run, step);
            let others = if others.is_empty() { String::new() } else { format!("; {} may", others.join(", ")) };
            context.out.talk(&format!("{missing} more must say yes{others}"));
        }
        Some((step, _)) if step.kind != StepKind::Approve => context.out.talk("it may be run now"),
        _ => {}
    }
    Ok(())
}

/// Who of the roster could still say yes; nobody is named where everybody may do everything.
fn whose(context: &Context, ledger: &Ledger, run: &Run, step: &Step) -> Vec<String> {
    let (Ok(clock), Ok(file)) = (context.clock(), own_key::roster(context)) else { return Vec::new() };
    let (incident, file) = (ledger.incident(), file.pinned());
    let authority = Authority::of_command(incident, file.as_ref(), clock.now());
    let Some(roster) = incident.roster.as_ref().or(file.as_ref()) else { return Vec::new() };
    let proven = roster.signatures == Signatures::Required;
    let given = run.approvals.get(&step.id);
    let may = |person: &PersonId| {
        let yes = ApprovalGiven {
            run: run.id.clone(),
            step: step.id.clone(),
            statement: String::new(),
            sig: String::new(),
            reason: String::new(),
        };
        let said = given.is_some_and(|given| given.contains_key(person));
        let keyless = proven && roster.keys.get(person.as_str()).is_none_or(Vec::is_empty);
        !said && !keyless && *person != run.by && authority.permits(person, &RunEvent::from(yes).into()).is_ok()
    };
    let people = roster.people.keys().map(|name| PersonId::from(name.as_str()));
    let mut all: Vec<String> = people.filter(may).map(|person| person.to_string()).collect();
    if all.len() > NAMED_MAX {
        let more = all.len() - NAMED_MAX;
        all.truncate(NAMED_MAX);
        all.push(format!("{more} others"));
    }
    all
}

fn list(context: &mut Context, json: bool) -> Result<(), CliError> {
    let chosen = which::for_reading(context, None)?;
    let runs = chosen.ledger.incident().runs.values().filter(|run| !run.is_done());
    let rows: Vec<Row> = runs.filter_map(|run| row(context, &chosen, run)).collect();
    if json {
        return context.out.json(&rows);
    }
    if rows.is_empty() {
        context.out.talk(&format!("nothing waits for a yes in {}", chosen.id));
    }
    rows.iter().for_each(|row| show(context, row));
    Ok(())
}

fn row(context: &Context, chosen: &Chosen, run: &Run) -> Option<Row> {
    let current = run.current()?;
    let book = pinned(&chosen.dir, &run.pinned).ok();
    let step = book.as_ref().and_then(|book| book.step(current));
    // Without the text only steps are known that were pinned as others' to approve.
    match (&book, step) {
        (Some(book), Some(_)) => drop(waits(book, run, &run.by)?),
        _ if run.pinned.for_others.contains(current) => {}
        _ => return None,
    }
    let given = run.approvals.get(current).into_iter().flat_map(|yes| yes.keys());
    Some(Row {
        id: format!("{}/{current}", run.id),
        run: run.id.to_string(),
        step: current.to_string(),
        title: step.map_or_else(String::new, |step| step.title.clone()),
        runbook: run.runbook.to_string(),
        digest: run.digest(),
        kind: step.map_or("approve", |step| step.kind.as_str()),
        effect: step.map_or("read", |step| step.effect.as_str()),
        host: run.pinned.host.clone(),
        command: step.filter(|s| s.kind.runs_command()).map_or_else(String::new, |step| step.command.clone()),
        asked_by: run.by.to_string(),
        needs: step.map(next::needed),
        given: given.map(ToString::to_string).collect(),
        missing: step.map(|step| next::missing_approvals(step, run, &run.by)),
        role: run.pinned.roles.get(current).map(ToString::to_string),
        may: step.map_or_else(Vec::new, |step| whose(context, &chosen.ledger, run, step)),
    })
}

fn show(context: &mut Context, row: &Row) {
    let out = &mut context.out;
    out.line(&format!("{} {}  {}", row.run, row.step, row.title));
    row.command.lines().for_each(|line| out.line(&format!("    $ {line}")));
    out.line(&format!("    {} on {} · runbook {} digest {}", row.kind, row.host, row.runbook, row.digest));
    let so_far = if row.given.is_empty() { String::new() } else { format!(" ({})", row.given.join(", ")) };
    let counted = match (row.needs, row.missing) {
        (Some(needs), Some(missing)) => format!("{} of {needs} given{so_far}", needs.saturating_sub(missing)),
        _ => "how many it needs is not known here: the pinned text is not at hand".to_owned(),
    };
    let may = if row.may.is_empty() { String::new() } else { format!("; {} may", row.may.join(", ")) };
    let role = row.role.as_ref().map_or_else(String::new, |role| format!(", whoever holds {role}"));
    out.line(&format!("    {counted}, asked by {}{role}{may}", row.asked_by));
}
