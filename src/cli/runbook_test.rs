//! `warroom runbook test`: every test of every runbook that is meant, each in a folder of its own that is gone afterwards.
//! Nothing here plays (`runtime::rehearsal`) or judges.

use std::collections::BTreeSet;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::domain::id::StepId;
use crate::runbook::case::Case;
use crate::runbook::model::Runbook;
use crate::runbook::shelf::tests_of;
use crate::runtime::rehearsal::{Played, play};
use crate::runtime::supervisor::own_program;

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
