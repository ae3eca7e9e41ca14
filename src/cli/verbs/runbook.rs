//! `warroom runbook`: the runbooks there are, what is wrong with them, and following one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::app::so_far;
use crate::cli::book_fetch;
use crate::cli::context::Context;
use crate::cli::dry_run;
use crate::cli::following::{Allowed, Following};
use crate::cli::manner::Manner;
use crate::cli::outcome::CliError;
use crate::cli::paper;
use crate::cli::print::aside;
use crate::cli::record;
use crate::cli::revision::{self, footing};
use crate::cli::runbook_test;
use crate::cli::sheet_verb::SheetArgs;
use crate::cli::signing;
use crate::cli::suggested;
use crate::cli::turn::{self, StatusArgs, TurnArgs};
use crate::cli::which::{self, Chosen};
use crate::domain::command::Command;
use crate::domain::decide::decide;
use crate::domain::event::RunStarted;
use crate::domain::id::RunId;
use crate::domain::policy::attempt;
use crate::journal::{self, Journal};
use crate::runbook::finding::Severity;
use crate::runbook::lint::lint;
use crate::runbook::model::{Origin, Runbook};
use crate::runbook::params::bind;
use crate::runbook::parse::parse;
use crate::runbook::sheet;
use crate::runbook::shelf::{Shelf, read_file};
use crate::runtime::books;
use crate::runtime::console::host_name;
use crate::runtime::shellcheck::opinions;

/// `warroom runbook`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  warroom runbook list
  warroom runbook list --suggested
  warroom runbook show finality-loss
  warroom runbook lint runbooks/mine.md
  warroom runbook run finality-loss --param BEACON=http://127.0.0.1:5052

A run belongs to the open incident. Steps that only look run by themselves; steps that change something
need --yes; steps that cannot be taken back run in the console only. A step that does not end as expected
ends this with exit code 1 and leaves the run open: the same words take it up again.")]
pub struct RunbookArgs {
    #[command(subcommand)]
    verb: RunbookVerb,
}

#[derive(Debug, Subcommand)]
enum RunbookVerb {
    /// The runbooks there are
    List {
        /// Only those that fit what fails now, the best first, with the reasons: one full round of polls is made
        #[arg(long)]
        suggested: bool,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// One runbook, as it is written
    Show {
        /// Which; or the digest of a revision that a run of the incident pinned (eight characters)
        id: String,
        /// For paper: a box and a place for the time beside each step, values written out
        #[arg(long)]
        paper: bool,
        /// A parameter to write out; may be given several times
        #[arg(long = "param", value_name = "NAME=VALUE", requires = "paper")]
        params: Vec<String>,
    },
    /// Trust a revision that came from elsewhere, on this host: read it first
    Trust {
        /// Its digest, as it is read aloud: eight characters, in one word or two
        #[arg(required = true, num_args = 1..=2)]
        digest: Vec<String>,
        #[command(flatten)]
        manner: Manner,
    },
    /// What differs between the revision that the open run pinned and the one at hand
    Diff {
        /// Which
        id: String,
    },
    /// What is wrong with a runbook, by line
    Lint {
        /// Files; without one, every runbook there is
        files: Vec<PathBuf>,
    },
    /// Play each runbook's tests: recorded replies in the place of nodes, nothing is changed
    Test {
        /// Ids, or files; without one, every runbook there is
        which: Vec<String>,
        /// Also name the steps that no test reaches
        #[arg(long)]
        coverage: bool,
        /// You have read these files: those outside the runbooks folder may run. Their steps that look really run, as
        /// you, with all your rights; known tools are replaced by stand-ins through PATH, and nothing else fences them
        #[arg(long)]
        trust_file: bool,
    },
    /// Fetch runbooks from the git repository of the configuration, and verify who signed them; what was fetched stays at
    /// hand without a network
    Fetch {
        /// Take a commit that nobody signed whose key counts: its steps ask, one by one, until somebody trusts each revision
        #[arg(long)]
        unsigned: bool,
        /// Take a commit that does not follow from the one in force
        #[arg(long)]
        rewritten: bool,
    },
    /// A recovery's constants: begin, lint and freeze their sheet
    Sheet(SheetArgs),
    /// A run as it stands and as it went: every attempt, by whom, when, to what end
    Status(StatusArgs),
    /// Leave out the step that the open run of it stands at
    Skip(TurnArgs),
    /// Roll the open run of it back: what was done is taken back, newest first
    Rollback(TurnArgs),
    /// Follow one, or take up the open run of it
    Run(RunArgs),
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Which
    id: String,
    /// A parameter; may be given several times
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// The answer to a step that asks a person; may be given several times
    #[arg(long = "answer", value_name = "STEP=TEXT")]
    answers: Vec<String>,
    /// Stop behind this step
    #[arg(long, value_name = "STEP")]
    until: Option<String>,
    /// Begin anew even when a run of it is open
    #[arg(long)]
    new: bool,
    /// Allow steps that change something
    #[arg(long)]
    yes: bool,
    /// This client runs here, whatever our nodes say: for a runbook or step that is written for one
    #[arg(long)]
    client: Option<String>,
    /// Run nothing, record nothing: show each step as it would run, with account, host, folder and environment
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    title: &'a str,
    revision: u64,
    digest: String,
    path: &'a str,
    commit: &'a str,
    signed_by: Option<&'a str>,
    steps: usize,
}

impl RunbookArgs {
    /// Does it.
    ///
    /// # Errors
    /// The verb's own, each with its exit code.
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        match self.verb {
            RunbookVerb::List { suggested: true, json } => suggested::list(context, json),
            RunbookVerb::List { suggested: false, json } => list(context, json),
            RunbookVerb::Show { id, paper, params } => {
                let book = match revision::pinned_by_digest(context, &id) {
                    Some(book) => book?,
                    None => find(context, &id)?,
                };
                let text = if paper { paper::of(&book, &pairs(&params, "--param")?)? } else { book.text.to_string() };
                context.out.text(&text);
                Ok(())
            }
            RunbookVerb::Trust { digest, manner } => revision::trust(context, &manner, &digest.concat()),
            RunbookVerb::Diff { id } => revision::diff(context, &id),
            RunbookVerb::Lint { files } => lint_all(context, &files),
            RunbookVerb::Test { which, coverage, trust_file } => {
                let books = if which.is_empty() {
                    shelf(context)?.books().to_vec()
                } else {
                    which.iter().map(|w| named(context, w)).collect::<Result<Vec<Runbook>, CliError>>()?
                };
                runbook_test::permit(context, &books, trust_file)?;
                runbook_test::play_all(context, &books, coverage)
            }
            RunbookVerb::Fetch { unsigned, rewritten } => book_fetch::run(context, unsigned, rewritten),
            RunbookVerb::Sheet(args) => args.run(context),
            RunbookVerb::Status(args) => turn::status(context, &args),
            RunbookVerb::Skip(args) => turn::turn(context, &args, false),
            RunbookVerb::Rollback(args) => turn::turn(context, &args, true),
            RunbookVerb::Run(args) => run(context, args),
        }
    }
}

pub(in crate::cli) fn shelf(context: &Context) -> Result<Shelf, CliError> {
    Ok(books::shelf(&context.paths()?, context.clock()?.now()))
}

pub(crate) fn find(context: &Context, id: &str) -> Result<Runbook, CliError> {
    let shelf = shelf(context)?;
    shelf.book(id).cloned().ok_or_else(|| {
        let known: Vec<&str> = shelf.books().iter().map(|b| b.id.as_str()).collect();
        CliError::Usage(format!("there is no runbook `{id}`; there are {}", known.join(", ")))
    })
}

/// By its id, or the file that it is in.
fn named(context: &Context, which: &str) -> Result<Runbook, CliError> {
    let file = Path::new(which);
    if file.extension().is_some_and(|e| e == "md") {
        read_file(file).map_err(CliError::Usage)
    } else {
        find(context, which)
    }
}

fn list(context: &mut Context, json: bool) -> Result<(), CliError> {
    let shelf = shelf(context)?;
    let row = |b: &Runbook| -> String {
        format!("{:<20} r{:<3} {}  {:>2} steps  {}{}", b.id, b.revision, b.digest(), b.steps.len(), b.title, whence(b))
    };
    if json {
        let rows = shelf.books().iter().map(|b| Row {
            id: b.id.as_str(),
            title: &b.title,
            revision: b.revision,
            digest: b.digest(),
            path: b.origin.as_str(),
            commit: &b.commit,
            signed_by: signer(b),
            steps: b.steps.len(),
        });
        let rows: Vec<Row<'_>> = rows.collect();
        context.out.json(&rows)?;
    } else {
        shelf.books().iter().for_each(|b| context.out.line(&row(b)));
    }
    shelf.mirror().into_iter().for_each(|says| context.out.talk(&format!("from git: {says}")));
    shelf.faults().iter().for_each(|f| context.out.talk(f));
    Ok(())
}

fn signer(book: &Runbook) -> Option<&str> {
    match &book.origin {
        Origin::Git(from) => from.signer.as_deref(),
        Origin::BuiltIn | Origin::File(_) => None,
    }
}

/// Of a book that is under git: which commit, and for one of a repository who signed it.
fn whence(book: &Runbook) -> String {
    let (hash, dirty) = book.commit.split_once('-').unwrap_or((&book.commit, ""));
    let short: String = hash.chars().take(12).collect();
    match &book.origin {
        Origin::Git(from) => {
            let signed = from.signer.as_ref().map_or_else(|| "NOT VERIFIED".to_owned(), |s| format!("signed by {s}"));
            format!("  (git {short}, {signed})")
        }
        _ if dirty.is_empty() && !short.is_empty() => format!("  (git {short})"),
        _ if !short.is_empty() => format!("  (git {short}, edited since)"),
        _ => String::new(),
    }
}

fn lint_all(context: &mut Context, files: &[PathBuf]) -> Result<(), CliError> {
    let mut broken = 0;
    let mut books = Vec::new();
    if files.is_empty() {
        let shelf = shelf(context)?;
        broken += shelf.faults().len();
        shelf.faults().iter().for_each(|f| context.out.line(f));
        books.extend(shelf.books().iter().cloned());
    }
    for file in files {
        match read_file(file) {
            Ok(book) => books.push(book),
            Err(fault) => {
                broken += 1;
                context.out.line(&fault);
            }
        }
    }
    for book in &books {
        for finding in lint(book).into_iter().chain(opinions(book)) {
            broken += usize::from(finding.severity == Severity::Error);
            context.out.line(&finding.in_file(&name_of(book)));
        }
    }
    context.out.talk(&format!("{} runbooks read, {broken} errors", books.len()));
    if broken == 0 { Ok(()) } else { Err(CliError::False(format!("{broken} errors"))) }
}

fn name_of(book: &Runbook) -> String {
    match &book.origin {
        Origin::BuiltIn => format!("{} (built in)", book.id),
        origin => origin.as_str().to_owned(),
    }
}

fn run(context: &mut Context, args: RunArgs) -> Result<(), CliError> {
    if args.dry_run {
        let (book, params) = (find(context, &args.id)?, pairs(&args.params, "--param")?);
        return dry_run::show(context, &book, &params);
    }
    let chosen = which::for_writing(context)?;
    let (params, answers) = (pairs(&args.params, "--param")?, pairs(&args.answers, "--answer")?);
    let allowed = Allowed { changes: args.yes, answers, client: args.client, until: args.until };
    let who = context.actor()?;
    let journal = record::open(context, &chosen)?;
    let first = signing::sign(context, &journal, &chosen)?;
    if !first.is_empty() {
        journal.append(first).map_err(CliError::failed)?;
    }
    let open = chosen.ledger.incident().runs.values().find(|r| r.runbook.as_str() == args.id && !r.is_done());
    let mut again = None;
    let (book, run, secrets) = match open.filter(|_| !args.new) {
        Some(open) => {
            let book = pinned(&chosen.dir, &open.pinned)?;
            context.out.talk(&format!("taking up {} where it stands, digest {}", open.id, open.digest()));
            let now = context.clock()?.now();
            for line in so_far::standing(&chosen.ledger, open, Some(&book), (now, Some(open))) {
                context.out.talk(&format!("  {line}"));
            }
            again = Some(open.clone());
            let secrets = params.into_iter().filter(|(n, _)| book.param(n).is_some_and(|p| p.secret)).collect();
            (book, open.id.clone(), secrets)
        }
        None => {
            let book = find(context, &args.id)?;
            let (run, secrets) = begin(context, &chosen, &journal, &book, &params)?;
            context.out.talk(&format!("{run}: {} r{} digest {}", book.title, book.revision, book.digest()));
            (book, run, secrets)
        }
    };
    let footing = footing(context, &book)?;
    Following { context, chosen: &chosen, journal, book, run, who, secrets, allowed, footing, taken_up: again }.follow()
}

/// The text a run was begun with, whatever became of its file.
///
/// # Errors
/// Could not (4): the text is not here, or is not what was pinned.
pub fn pinned(dir: &Path, run: &RunStarted) -> Result<Runbook, CliError> {
    let bytes = journal::load_output(dir, &run.sha256).map_err(CliError::failed)?;
    parse(&bytes, &run.path, Origin::File(run.path.clone())).map_err(CliError::failed)
}

fn begin(
    context: &Context,
    chosen: &Chosen,
    journal: &Journal,
    book: &Runbook,
    given: &BTreeMap<String, String>,
) -> Result<(RunId, BTreeMap<String, String>), CliError> {
    let later: Vec<&str> = book.steps.iter().filter_map(|s| s.sets.as_deref()).collect();
    let given = sheet::given(book, &chosen.ledger.incident().sheets, given.clone()).map_err(CliError::Refused)?;
    let params = bind(&book.params, &given, &later).map_err(|faults| CliError::Usage(faults.join("\n")))?;
    let (secrets, params) = params.into_iter().partition(|(n, _)| book.param(n).is_some_and(|p| p.secret));
    let number = chosen.ledger.incident().runs.len() + 1;
    let run = RunId::from(format!("{}-{number}-{}", book.id, context.actor()?));
    journal::store_output(&chosen.dir, book.text.as_bytes()).map_err(CliError::failed)?;
    let started = book.started(run.clone(), params, &host_name()).into();
    let limit = std::time::Duration::from_secs(10);
    let request = record::request(context, &chosen.ledger, Command::Run(vec![started]))?;
    let entries = decide(&chosen.ledger, &request).map_err(|no| {
        if let Some(tried) = attempt(&chosen.ledger, &request, &no) {
            // What cannot be recorded is refused all the same.
            let _ = journal.append_and_wait(vec![tried], limit);
        }
        record::refused(no)
    })?;
    journal.append_or_give_up(entries, limit).map_err(CliError::failed)?;
    let words = format!("{} r{} begun here", book.id, book.revision);
    if book.origin.is_vouched()
        && let Err(why) = revision::trusted(context)?.add(&book.sha256, &words)
    {
        aside(&format!("warroom: after an edit of its file this run will be asked about: {why}"));
    }
    Ok((run, secrets))
}

fn pairs(words: &[String], option: &str) -> Result<BTreeMap<String, String>, CliError> {
    let mut found = BTreeMap::new();
    for word in words {
        let pair = word.split_once('=');
        let (name, value) = pair.ok_or_else(|| CliError::Usage(format!("{option} {word}: write NAME=VALUE")))?;
        found.insert(name.to_owned(), value.to_owned());
    }
    Ok(found)
}
