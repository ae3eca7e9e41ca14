//! `warroom runbook test`: every test of every runbook that is meant, each in a folder of its own that is gone afterwards.
//! Nothing here plays (`runtime::rehearsal`) or judges.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::domain::event::Effect;
use crate::domain::id::StepId;
use crate::runbook::case::Case;
use crate::runbook::model::{Origin, Runbook};
use crate::runbook::shelf::tests_of;
use crate::runtime::rehearsal::{Played, play};
use crate::runtime::supervisor::own_program;

/// Lets the steps of files from elsewhere run: somebody has said so, or says so now.
///
/// # Errors
/// Nobody says so (3), or the terminal cannot be read (4).
pub fn permit(context: &mut Context, books: &[Runbook], trust_file: bool) -> Result<(), CliError> {
    let folder = context.paths()?.runbooks();
    for book in books.iter().filter(|_| !trust_file) {
        let Origin::File(path) = &book.origin else { continue };
        let looks = book.steps.iter().filter(|s| s.kind.runs_command() && s.effect == Effect::Read && s.host.is_none());
        let looks: Vec<&str> = looks.map(|s| s.id.as_str()).collect();
        if looks.is_empty() || lies_in(&folder, Path::new(path)) {
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

/// Plays all tests of these runbooks.
///
/// # Errors
/// A test did not go as wanted (1), cannot be read (2), or the stage cannot be set (4).
pub fn play_all(context: &mut Context, books: &[Runbook], coverage: bool) -> Result<(), CliError> {
    let (mut tests, mut faults) = (0, 0);
    for book in books {
        let cases = tests_of(book).map_err(CliError::Usage)?;
        if cases.is_empty() {
            let beside = format!("{}.test/", book.origin.as_str().trim_end_matches(".md"));
            context.out.talk(&format!("{}: no test; put one into {beside}", book.id));
        }
        let mut reached: BTreeSet<StepId> = BTreeSet::new();
        for (name, text) in &cases {
            let case = Case::read(text).map_err(|why| CliError::Usage(format!("{name}:{why}")))?;
            let played = one(context, book, &case, tests)?;
            tests += 1;
            faults += played.faults.len();
            let mark = if played.faults.is_empty() { "ok" } else { "FAILED" };
            context.out.line(&format!("{mark:<7}{}  {name}  {}", book.id, case.about));
            played.faults.iter().for_each(|f| context.out.line(&format!("       {f}")));
            context.out.flush();
            reached.extend(played.reached);
        }
        let missed: Vec<&str> = book.steps.iter().filter(|s| !reached.contains(&s.id)).map(|s| s.id.as_str()).collect();
        if coverage && !missed.is_empty() {
            context.out.line(&format!("       {}: no test reaches {}", book.id, missed.join(", ")));
        }
    }
    context.out.talk(&format!("{tests} tests of {} runbooks, {faults} faults", books.len()));
    if faults == 0 { Ok(()) } else { Err(CliError::False(format!("{faults} faults"))) }
}

fn one(context: &Context, book: &Runbook, case: &Case, number: usize) -> Result<Played, CliError> {
    let now = context.clock()?.now().micros();
    let folder: PathBuf = std::env::temp_dir().join(format!("warroom-test-{}-{now}-{number}", std::process::id()));
    // A leftover of the same name is not ours to use.
    std::fs::DirBuilder::new().mode(0o700).create(&folder).map_err(CliError::failed)?;
    let played = play(&own_program(), &folder, book, case);
    // What cannot be removed costs some kilobytes of a temporary folder.
    let _ = std::fs::remove_dir_all(&folder);
    played.map_err(CliError::failed)
}
