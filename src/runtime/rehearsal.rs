//! Plays a runbook's test: its looking steps really run, under the real supervisor, with stand-ins for every tool that would
//! reach beyond this folder; its changing steps never run, their recorded output is judged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::domain::event::{Effect, RunEvent, StepFinished, StepKind, StepOutcome};
use crate::domain::id::{IncidentId, PersonId, RunId, StepId};
use crate::domain::run::{Run, StepState};
use crate::domain::time::At;
use crate::runbook::case::{Case, Reply};
use crate::runbook::model::{Runbook, Step};
use crate::runbook::{next, params};
use crate::runtime::supervisor::{self, Standing, StepSpec, Surroundings};

/// Tools that reach beyond the folder: without a recorded reply they refuse.
const FENCED: &[&str] = &[
    "curl",
    "wget",
    "ssh",
    "scp",
    "rsync",
    "nc",
    "systemctl",
    "service",
    "docker",
    "podman",
    "kubectl",
    "journalctl",
    "timedatectl",
    "df",
    "free",
    "git",
    "sudo",
    "kill",
    "pkill",
    "reboot",
    "shutdown",
    "cast",
    "gh",
];
/// What stands behind the stand-ins.
const PLAIN_PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// The pause between two looks at a step.
const LOOK: Duration = Duration::from_millis(5);
/// A test waits no longer than this between two tries of a `wait`, milliseconds.
const EVERY_MS: u64 = 20;
/// … and for no deadline longer than this: a recorded reply that never comes ends it.
const DEADLINE_MS: u64 = 3_000;

/// What came of a test.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// What did not go as wanted, a sentence each.
    pub faults: Vec<String>,
    /// Steps that were reached and did not pass by being left out.
    pub reached: BTreeSet<StepId>,
}

/// Plays one test; `program` supervises, `folder` is an empty one that is the caller's to remove.
///
/// # Errors
/// When the stage cannot be set.
pub fn play(program: &Path, folder: &Path, book: &Runbook, case: &Case) -> io::Result<Played> {
    let stage = Stage::set(program, folder, case)?;
    let given = case.params.iter().map(|(n, v)| (n.clone(), v.replace("{folder}", &folder.display().to_string())));
    let (given, mut played) = (given.collect(), Played::default());
    let bound = match params::bind(&book.params, &given, &book.set_later()) {
        Ok(bound) => bound,
        Err(faults) => return Ok(Played { faults, ..played }),
    };
    for wanted in case.steps.iter().filter(|w| book.step(&StepId::from(w.id.as_str())).is_none()) {
        played.faults.push(format!("the runbook has no step `{}`", wanted.id));
    }
    let who = PersonId::new("tester");
    let started = book.started(RunId::new("test"), bound, "test");
    let mut run = Run::begin(&started, At::from_secs(0), &who);
    while let Some(step) = run.current().cloned().and_then(|id| book.step(&id)) {
        played.reached.insert(step.id.clone());
        let end = match stage.end_of(book, &run, step, case)? {
            Ok(end) => end,
            Err(why) => {
                played.faults.push(why);
                break;
            }
        };
        judge(step, &end, case, &mut played.faults);
        let mut events = vec![RunEvent::from(end.clone())];
        events.extend(next::consequences(book, &run, &end));
        for event in &events {
            if let Err(why) = run.apply(event, At::from_secs(1), &who) {
                played.faults.push(why);
            }
        }
        if !run.state(&step.id).is_settled() {
            break;
        }
    }
    stands(&run, case, &mut played.faults);
    Ok(played)
}

fn judge(step: &Step, end: &StepFinished, case: &Case, faults: &mut Vec<String>) {
    let wanted = case.wanted(step.id.as_str());
    let ends = wanted.map_or("passed", |w| w.ends.as_str());
    if end.outcome.as_str() != ends {
        faults.push(format!(
            "step {} {}, wanted {ends}: expected {}, got {}",
            step.id,
            end.outcome.as_str(),
            end.expected,
            end.actual
        ));
    }
    if let Some(words) = wanted.and_then(|w| w.actual.as_deref()).filter(|words| !end.actual.contains(*words)) {
        faults.push(format!("step {}: wanted `{words}`, got `{}`", step.id, end.actual));
    }
}

fn stands(run: &Run, case: &Case, faults: &mut Vec<String>) {
    let at = run.current().map(StepId::as_str);
    if at != case.stands_at.as_deref() {
        let place = |at: Option<&str>| at.map_or_else(|| "its end".to_owned(), |id| format!("step {id}"));
        faults.push(format!("the run stands at {}, wanted {}", place(at), place(case.stands_at.as_deref())));
    }
    for wanted in case.steps.iter().filter(|w| w.ends == "skipped") {
        if !matches!(run.state(&StepId::from(wanted.id.as_str())), StepState::Skipped { .. }) {
            faults.push(format!("step {} was not left out", wanted.id));
        }
    }
}

struct Stage<'a> {
    program: &'a Path,
    folder: &'a Path,
    path: String,
}

impl<'a> Stage<'a> {
    fn set(program: &'a Path, folder: &'a Path, case: &Case) -> io::Result<Self> {
        for (name, text) in &case.files {
            fs::write(folder.join(name), text)?;
        }
        let bin = folder.join(".bin");
        fs::DirBuilder::new().mode(0o700).create(&bin)?;
        let tools: BTreeSet<&str> =
            FENCED.iter().copied().chain(["sleep"]).chain(case.replies.iter().map(|r| r.tool.as_str())).collect();
        for tool in tools {
            let replies: Vec<&Reply> = case.replies.iter().filter(|r| r.tool == tool).collect();
            stand_in(&bin, tool, &replies)?;
        }
        // Guards are verbs of this program; `program` may be a link that has no folder of its own.
        let own = std::env::current_exe()?;
        let own = own.parent().unwrap_or(Path::new("/"));
        let path = format!("{}:{PLAIN_PATH}:{}", bin.display(), own.display());
        Ok(Self { program, folder, path })
    }

    /// How a step ends in this test, or why it cannot.
    fn end_of(&self, book: &Runbook, run: &Run, step: &Step, case: &Case) -> io::Result<Result<StepFinished, String>> {
        let wanted = case.wanted(step.id.as_str());
        if !step.kind.runs_command() {
            let first = step.choices.first().map_or("", |c| c.label.as_str());
            let usual = if step.kind == StepKind::Ask { "1" } else { first };
            let words = wanted.and_then(|w| w.answer.as_deref()).unwrap_or(usual);
            return Ok(next::answer(book, run, step, words).map_err(|why| format!("step {}: {why}", step.id)));
        }
        let mut end = next::refuse(run, step, "");
        if let Some((recorded, exit)) = wanted.and_then(|w| Some((w.recorded.as_ref()?, w.exit))) {
            let verdict = step.expectation().judge(Some(i32::from(exit)), recorded);
            end.outcome = if verdict.passed { StepOutcome::Passed } else { StepOutcome::Failed };
            (end.exit, end.expected, end.actual) = (Some(i32::from(exit)), verdict.expected, verdict.actual);
            return Ok(Ok(end));
        }
        if step.effect != Effect::Read || step.host.is_some() {
            let what = if step.host.is_some() { "runs elsewhere" } else { "changes something" };
            return Ok(Err(format!(
                "step {} {what} and does not run in a test: give what it printed as `recorded`",
                step.id
            )));
        }
        self.really(book, run, step).map(Ok)
    }

    fn really(&self, book: &Runbook, run: &Run, step: &Step) -> io::Result<StepFinished> {
        let home = self.folder.to_path_buf();
        let around = Surroundings::new(home.clone(), IncidentId::new("test"), home.clone(), home, &self.path);
        let values = next::values(book, run);
        let mut spec = StepSpec::new(step, (&run.id, run.next_attempt(&step.id)), &values, &[], around);
        (spec.every_ms, spec.deadline_ms) = (spec.every_ms.min(EVERY_MS), spec.deadline_ms.min(DEADLINE_MS));
        let begun = supervisor::start(self.program, &self.folder.join(".state"), &spec, &BTreeMap::new());
        let dir: PathBuf = begun.map_err(|why| io::Error::other(why.to_string()))?;
        loop {
            match supervisor::standing(&dir)? {
                Standing::Finished(result) => return Ok(result.finished),
                Standing::Lost { .. } => {
                    return Err(io::Error::other(format!("the supervisor of step {} was ended from outside", step.id)));
                }
                Standing::NotBegun | Standing::Running { .. } => std::thread::sleep(LOOK),
            }
        }
    }
}

/// A tool that answers from files: for each reply its words, its outputs in order, its exit code.
fn stand_in(bin: &Path, tool: &str, replies: &[&Reply]) -> io::Result<()> {
    let data = bin.join(format!("{tool}.d"));
    for (i, reply) in replies.iter().enumerate() {
        let row = data.join(format!("{i:03}"));
        fs::create_dir_all(&row)?;
        fs::write(row.join("has"), &reply.has)?;
        fs::write(row.join("exit"), reply.exit.to_string())?;
        let outputs: Vec<&str> =
            if reply.out.is_empty() { vec![""] } else { reply.out.iter().map(String::as_str).collect() };
        for (n, out) in outputs.iter().enumerate() {
            fs::write(row.join(format!("out.{}", n + 1)), out)?;
        }
        fs::write(row.join("last"), outputs.len().to_string())?;
    }
    // Nobody waits in a test.
    let otherwise = match tool {
        "sleep" => "exit 0".to_owned(),
        _ => format!("echo \"{tool} $*: no reply is recorded\" >&2; exit 97"),
    };
    let text = format!(
        r#"#!/bin/sh
d="${{0}}.d"
for r in "$d"/*/; do
  [ -e "${{r}}has" ] || continue
  w=$(/bin/cat "${{r}}has")
  case "$*" in
    *"$w"*)
      n=$(/bin/cat "${{r}}n" 2>/dev/null || echo 0); n=$((n + 1)); echo "$n" >"${{r}}n"
      [ -e "${{r}}out.$n" ] || n=$(/bin/cat "${{r}}last")
      /bin/cat "${{r}}out.$n"; exit "$(/bin/cat "${{r}}exit")" ;;
  esac
done
{otherwise}
"#
    );
    let file = bin.join(tool);
    fs::write(&file, text)?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o700))
}
