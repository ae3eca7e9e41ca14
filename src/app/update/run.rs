//! Beginning a run, or taking up the open one.

use crate::app::effect::Effect;
use crate::app::footing::footing;
use crate::app::layer::Layer;
use crate::app::model::Model;
use crate::app::pane::Pane;
use crate::app::update::{commands, verbs};
use crate::domain::command::{Command, WordCommand};
use crate::domain::id::RunId;
use crate::domain::run::{Run, is_digest_of};
use crate::runbook::difference::difference;
use crate::runbook::model::{Origin, Runbook};
use crate::runbook::next::Footing;
use crate::runbook::params::bind;
use crate::runbook::sheet;

/// `run RUNBOOK [again] [PARAM=VALUE …]`: the open run of that runbook is taken up, unless `again` or parameters say otherwise.
///
/// # Errors
/// Why not, as a sentence.
pub(super) fn begin_or_resume(model: &mut Model, rest: &str) -> Result<Vec<Effect>, String> {
    let mut words = rest.split_whitespace();
    let id = words.next().ok_or("which runbook? b lists them")?;
    let mut words = words.peekable();
    let again = words.next_if_eq(&"again").is_some();
    let given = verbs::params(words)?;
    let Some(case) = &model.case else {
        return Err("a run is part of an incident; declare one first (d)".to_owned());
    };
    let open = case.incident().runs.values().find(|r| r.runbook.as_str() == id && !r.is_done());
    if let Some(open) = open.filter(|_| given.is_empty() && !again) {
        let says = format!("taken up where it stands: {} r{} {}", open.runbook, open.pinned.revision, open.digest());
        model.say(says);
        model.screen.focus = Pane::Runbook;
        return Ok(Vec::new());
    }
    let book = model.shelf.book(id).cloned().ok_or_else(|| format!("there is no runbook `{id}`; b lists them"))?;
    let given = sheet::given(&book, &case.incident().sheets, given)?;
    let later: Vec<&str> = book.steps.iter().filter_map(|s| s.sets.as_deref()).collect();
    let params = bind(&book.params, &given, &later).map_err(|faults| faults.join(" · "))?;
    let number = case.incident().runs.len() + 1;
    let run = RunId::from(format!("{id}-{number}-{}", model.me.person));
    let (secret, open): (Vec<_>, Vec<_>) =
        params.into_iter().partition(|(name, _)| book.param(name).is_some_and(|p| p.secret));
    for (name, value) in secret {
        model.secrets.insert((run.clone(), name), value);
    }
    let started = book.started(run, open.into_iter().collect(), &model.me.host);
    let mut effects = vec![Effect::Pin(Box::new(book))];
    effects.extend(commands::give(model, Command::Run(vec![started.into()]))?);
    model.screen.focus = Pane::Runbook;
    Ok(effects)
}

/// The active run and the text that it pinned.
fn under_way(model: &Model) -> Result<(&Run, &Runbook), String> {
    let run = model.ledger().and_then(|l| l.incident().active_run()).ok_or("no runbook is under way")?;
    let pinned = model.pinned.get(&run.pinned.sha256).ok_or("the pinned text is not at hand on this host")?;
    Ok((run, pinned))
}

/// Shows the text that the active run pinned, whole.
///
/// # Errors
/// When there is no run, or its text is not at hand.
pub(super) fn open_text(model: &mut Model) -> Result<Vec<Effect>, String> {
    let (_, pinned) = under_way(model)?;
    let title = format!("{} r{} {}", pinned.id, pinned.revision, pinned.digest());
    let lines = pinned.text.lines().map(str::to_owned).collect();
    model.screen.open(Layer::Reader { title, lines, scroll: 0 });
    Ok(Vec::new())
}

/// Trusts the revision of the active run, named by its digest; the log says who did.
///
/// # Errors
/// When there is no run, its text is not at hand, it needs no trust, or the digest is another one's.
pub(super) fn trust(model: &mut Model, digest: &str) -> Result<Vec<Effect>, String> {
    let (run, pinned) = under_way(model)?;
    if footing(model, run) == Footing::Ours {
        return Err(format!("{} {} is trusted here already", run.runbook, run.digest()));
    }
    if !is_digest_of(digest, &run.pinned.sha256) {
        return Err(format!("`{digest}` is not the digest of the run's revision; it is on the pane's first line"));
    }
    let words = pinned.trusted_on(&model.me.host);
    let remember = Effect::TrustRevision(pinned.sha256.clone(), format!("{words} by {}", model.me.person));
    let fact = WordCommand::Fact(words, String::from("its text was read"));
    let mut effects = commands::give(model, Command::Word(fact))?;
    effects.push(remember);
    Ok(effects)
}

/// Shows what differs between the pinned revision of the active run and the one at hand.
///
/// # Errors
/// When there is no run, or nothing to compare.
pub(super) fn open_difference(model: &mut Model) -> Result<Vec<Effect>, String> {
    let (run, pinned) = under_way(model)?;
    let id = run.runbook.as_str();
    let gone = || format!("there is no runbook `{id}` at hand any more; the run goes on with its pinned text");
    let book = model.shelf.book(id).ok_or_else(gone)?;
    let (was, is) =
        (format!("r{} {}", pinned.revision, pinned.digest()), format!("r{} {}", book.revision, book.digest()));
    if book.sha256 == pinned.sha256 {
        model.say(format!("{id} {is} is the pinned revision: nothing differs"));
        return Ok(Vec::new());
    }
    let title = format!("{id}: {was} to {is}");
    let mut lines = difference(&pinned.text, &book.text)?;
    lines.push(String::new());
    lines.push(format!("This run stays with {was}. `: run {id} again` begins it anew with r{}.", book.revision));
    model.screen.open(Layer::Reader { title, lines, scroll: 0 });
    Ok(Vec::new())
}

/// Of a book from a repository: whence, and who answers for it.
fn git_words(book: &Runbook) -> Option<String> {
    let Origin::Git(from) = &book.origin else { return None };
    let short: String = book.commit.chars().take(12).collect();
    let signed = from.signer.as_ref().map_or_else(
        || "NOT VERIFIED: each step asks until its revision is trusted".to_owned(),
        |name| format!("signed by {name}"),
    );
    Some(format!("      {} at {short}, {signed}", from.name))
}

/// Shows the runbooks there are, with the words that begin each.
pub(super) fn open_list(model: &mut Model) {
    let mut lines = Vec::new();
    for book in model.shelf.books() {
        lines.push(format!("{}  r{}  {}  {}", book.id, book.revision, book.digest(), book.title));
        lines.extend(git_words(book));
        lines.push(format!("    : run {}", book.id));
        for param in book.params.iter().filter(|p| p.default.is_none()) {
            lines.push(format!("      {}=…  {}", param.name, param.about));
        }
    }
    lines.extend(model.shelf.mirror().map(|says| format!("from git: {says}")));
    lines.extend(model.shelf.faults().iter().map(|f| format!("cannot be read: {f}")));
    model.screen.open(Layer::Reader { title: "runbooks".to_owned(), lines, scroll: 0 });
}
