//! Beginning a run, or taking up the open one.

use crate::app::effect::Effect;
use crate::app::footing::footing;
use crate::app::layer::Layer;
use crate::app::model::Model;
use crate::app::pane::Pane;
use crate::app::update::{commands, verbs};
use crate::domain::command::{Command, WordCommand};
use crate::domain::id::RunId;
use crate::runbook::difference::difference;
use crate::runbook::next::Footing;
use crate::runbook::params::bind;
use crate::runbook::sheet;

/// Characters of a digest that name a revision: as many as are read aloud.
const DIGEST_LEAST: usize = 8;

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

/// Shows the text that the active run pinned, whole.
///
/// # Errors
/// When there is no run, or its text is not at hand.
pub(super) fn open_text(model: &mut Model) -> Result<Vec<Effect>, String> {
    let run = model.ledger().and_then(|l| l.incident().active_run()).ok_or("no runbook is under way")?;
    let pinned = model.pinned.get(&run.pinned.sha256).ok_or("the pinned text is not at hand on this host")?;
    let title = format!("{} r{} {}", pinned.id, pinned.revision, pinned.digest());
    let lines = pinned.text.lines().map(str::to_owned).collect();
    model.screen.open(Layer::Reader { title, lines, scroll: 0 });
    Ok(Vec::new())
}

/// Trusts the revision of the active run, named by its digest; the log says who did.
///
/// # Errors
/// When there is no run, it needs no trust, or the digest is another one's.
pub(super) fn trust(model: &mut Model, digest: &str) -> Result<Vec<Effect>, String> {
    let run = model.ledger().and_then(|l| l.incident().active_run()).ok_or("no runbook is under way")?;
    if footing(model, run) == Footing::Ours {
        return Err(format!("{} {} is trusted here already", run.runbook, run.digest()));
    }
    let given: String = digest.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    if given.len() < DIGEST_LEAST || !run.pinned.sha256.starts_with(&given) {
        return Err(format!("`{digest}` is not the digest of the run's revision; it is on the pane's first line"));
    }
    let words = format!("{} r{} {} is trusted on {}", run.runbook, run.pinned.revision, run.digest(), model.me.host);
    let remember = Effect::TrustRevision(run.pinned.sha256.clone(), format!("{words} by {}", model.me.person));
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
    let run = model.ledger().and_then(|l| l.incident().active_run()).ok_or("no runbook is under way")?;
    let pinned = model.pinned.get(&run.pinned.sha256).ok_or("the pinned text is not at hand on this host")?;
    let Some(book) = model.shelf.book(run.runbook.as_str()) else {
        return Err(format!(
            "there is no runbook `{}` at hand any more; the run goes on with its pinned text",
            run.runbook
        ));
    };
    if book.sha256 == pinned.sha256 {
        model.say(format!("{} r{} {} is the pinned revision: nothing differs", book.id, book.revision, book.digest()));
        return Ok(Vec::new());
    }
    let title =
        format!("{}: r{} {} to r{} {}", book.id, pinned.revision, pinned.digest(), book.revision, book.digest());
    let mut lines = difference(&pinned.text, &book.text)?;
    lines.push(String::new());
    lines.push(format!(
        "This run stays with r{} {}. `: run {} again` begins it anew with r{}.",
        pinned.revision,
        pinned.digest(),
        book.id,
        book.revision
    ));
    model.screen.open(Layer::Reader { title, lines, scroll: 0 });
    Ok(Vec::new())
}

/// Shows the runbooks there are, with the words that begin each.
pub(super) fn open_list(model: &mut Model) {
    let mut lines = Vec::new();
    for book in model.shelf.books() {
        lines.push(format!("{}  r{}  {}  {}", book.id, book.revision, book.digest(), book.title));
        lines.push(format!("    : run {}", book.id));
        for param in book.params.iter().filter(|p| p.default.is_none()) {
            lines.push(format!("      {}=…  {}", param.name, param.about));
        }
    }
    lines.extend(model.shelf.faults().iter().map(|f| format!("cannot be read: {f}")));
    model.screen.open(Layer::Reader { title: "runbooks".to_owned(), lines, scroll: 0 });
}
