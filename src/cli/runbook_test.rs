//! `warroom runbook test`: every test of every runbook that is meant, each in a folder of its own that is gone afterwards.
//! Nothing here plays (`runtime::rehearsal`) or judges.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::domain::event::Effect;
use crate::domain::id::StepId;
use crate::runbook::case::Case;
use crate::runbook::model::{Origin, Runbook};
use crate::runbook::shelf::tests_of;
use crate::runtime::rehearsal::{Played, play};
use crate::runtime::supervisor::own_program;

/// Tests that play at once; more would only make one another slow, and a test's waits are short.
const AT_ONCE: usize = 6;

/// Lets the steps of files from elsewhere run: somebody has said so, or says so now.
///
/// # Errors
/// Nobody says so (3), or the terminal cannot be read (4).
pub fn permit(context: &mut Context, books: &[Runbook], trust_file: bool) -> Result<(), CliError> {
    let folder = context.paths()?.runbooks();
    for book in books.iter().filter(|_| !trust_file) {
        let Some(path) = book.origin.file() else { continue };
        let looks = book.steps.iter().filter(|s| s.kind.runs_command() && s.effect == Effect::Read && s.host.is_none());
        let looks: Vec<&str> = looks.map(|s| s.id.as_str()).collect();
        let mirrored = matches!(book.origin, Origin::Git(_)) && book.origin.is_vouched();
        if looks.is_empty() || mirrored || lies_in(&folder, Path::new(path)) {
            continue;
        }
        let what = format!(
            "{path} is neither built in nor in {}: its steps that look ({}) would really run here, as you, with all your rights",
            folder.display(),
            looks.join(", ")
        );
        if !std::io::stdin().is_terminal() {
            return Err(CliError::Refused(format!("{what}; read it, then add --trust-file")));
        }
        context.out.talk(&format!("{what}.\nYou have read it, and they may? Type yes:"));
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).map_err(CliError::failed)?;
        if line.trim() != "yes" {
            return Err(CliError::Refused("nothing was run".to_owned()));
        }
    }
    Ok(())
}

/// By where they really are: a link out of the folder leads elsewhere.
fn lies_in(folder: &Path, file: &Path) -> bool {
    matches!((folder.canonicalize(), file.canonicalize()), (Ok(folder), Ok(file)) if file.starts_with(&folder))
}

/// A test that is to be played: of which runbook, where it stands, what it says.
struct Planned<'a> {
    book: &'a Runbook,
    name: String,
    case: Case,
}

/// Plays all tests of these runbooks, several at once: most of a test's time is waiting for what never comes.
///
/// # Errors
/// A test did not go as wanted (1), cannot be read (2), or the stage cannot be set (4).
pub fn play_all(context: &mut Context, books: &[Runbook], coverage: bool) -> Result<(), CliError> {
    let mut plan = Vec::new();
    for book in books {
        let cases = tests_of(book).map_err(CliError::Usage)?;
        if cases.is_empty() {
            let file = book.origin.file().unwrap_or_else(|| book.origin.as_str());
            let beside = format!("{}.test/", file.trim_end_matches(".md"));
            context.out.talk(&format!("{}: no test; put one into {beside}", book.id));
        }
        for (name, text) in cases {
            let case = Case::read(&text).map_err(|why| CliError::Usage(format!("{name}:{why}")))?;
            plan.push(Planned { book, name, case });
        }
    }
    let (mut faults, mut reached) = (0, BTreeMap::<&str, BTreeSet<StepId>>::new());
    let now = context.clock()?.now().micros();
    for (planned, played) in plan.iter().zip(at_once(&plan, now)) {
        let (played, id) = (played.map_err(CliError::failed)?, planned.book.id.as_str());
        faults += played.faults.len();
        let mark = if played.faults.is_empty() { "ok" } else { "FAILED" };
        context.out.line(&format!("{mark:<7}{id}  {}  {}", planned.name, planned.case.about));
        played.faults.iter().for_each(|f| context.out.line(&format!("       {f}")));
        reached.entry(id).or_default().extend(played.reached);
    }
    for book in books.iter().filter(|_| coverage) {
        let seen = reached.remove(book.id.as_str()).unwrap_or_default();
        let missed: Vec<&str> = book.steps.iter().filter(|s| !seen.contains(&s.id)).map(|s| s.id.as_str()).collect();
        if !missed.is_empty() {
            context.out.line(&format!("       {}: no test reaches {}", book.id, missed.join(", ")));
        }
    }
    context.out.talk(&format!("{} tests of {} runbooks, {faults} faults", plan.len(), books.len()));
    if faults == 0 { Ok(()) } else { Err(CliError::False(format!("{faults} faults"))) }
}

/// What came of each, in the order of the plan.
fn at_once(plan: &[Planned<'_>], now: i64) -> Vec<io::Result<Played>> {
    let next = AtomicUsize::new(0);
    let mut ends: Vec<(usize, io::Result<Played>)> = std::thread::scope(|all| {
        let player = || {
            let mut ends = Vec::new();
            while let Some((number, planned)) =
                Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|n| Some((n, plan.get(n)?)))
            {
                ends.push((number, one(planned, now, number)));
            }
            ends
        };
        let players: Vec<_> = (0..AT_ONCE.min(plan.len())).map(|_| all.spawn(player)).collect();
        players.into_iter().flat_map(|p| p.join().unwrap_or_default()).collect()
    });
    // A player that broke leaves its tests without an end, and none of them counts as well played.
    let told: BTreeSet<usize> = ends.iter().map(|(n, _)| *n).collect();
    let lost = (0..plan.len()).filter(|n| !told.contains(n));
    ends.extend(lost.map(|n| (n, Err(io::Error::other("the test was lost")))).collect::<Vec<_>>());
    ends.sort_by_key(|(n, _)| *n);
    ends.into_iter().map(|(_, end)| end).collect()
}

fn one(planned: &Planned<'_>, now: i64, number: usize) -> io::Result<Played> {
    let folder: PathBuf = std::env::temp_dir().join(format!("warroom-test-{}-{now}-{number}", std::process::id()));
    // A leftover of the same name is not ours to use.
    std::fs::DirBuilder::new().mode(0o700).create(&folder)?;
    let played = play(&own_program(), &folder, planned.book, &planned.case);
    // What cannot be removed costs some kilobytes of a temporary folder.
    let _ = std::fs::remove_dir_all(&folder);
    played
}
