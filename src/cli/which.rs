//! Which incident a verb is about: the one that was named, else the only open one that is no drill.
//! Reading verbs fall back to the newest; writing verbs with none or several list them and refuse to guess.

use std::path::PathBuf;

use crate::cli::context::Context;
use crate::cli::outcome::CliError;
use crate::domain::id::IncidentId;
use crate::domain::incident::Ledger;
use crate::journal;
use crate::journal::Fault;
use crate::journal::Head;
use crate::journal::Loaded;
use crate::journal::Note;
use crate::journal::Place;
use crate::runtime::paths::Paths;
use crate::runtime::standings::{self, Brief, Folded, Standings};

/// An incident with its log.
pub struct Chosen {
    /// Its id.
    pub id: IncidentId,
    /// Its folder.
    pub dir: PathBuf,
    /// What its log folds to.
    pub ledger: Ledger,
    /// The last valid line of each chain.
    pub heads: Vec<Head>,
    /// Where each chain was left, for whoever writes to it.
    pub places: Vec<Place>,
    /// What must not be in its log.
    pub faults: Vec<Fault>,
    /// What is worth telling about it.
    pub notes: Vec<Note>,
}

/// An incident of this home as the choice among them needs it.
struct Seen {
    id: IncidentId,
    dir: PathBuf,
    brief: Brief,
    /// Its log, where it was folded and the incident is open or cannot be read.
    folded: Option<Box<Folded>>,
}

impl Seen {
    /// In a line, for a list of incidents.
    fn line(&self) -> String {
        let status = self.brief.status.map_or("not declared", |s| s.as_str());
        let drill = if self.brief.drill { " DRILL" } else { "" };
        format!("{}  SEV-{} {status}{drill}  {}", self.id, self.brief.severity, self.brief.title)
    }

    /// Why nobody can say how it stands: its log cannot be read.
    fn unreadable(&self) -> Option<String> {
        let fault = self.folded.as_ref().filter(|_| self.brief.status.is_none())?.loaded.faults.first()?;
        Some(format!("whether {} is open cannot be known: {fault}", self.id))
    }

    fn chosen(self, paths: &Paths) -> Chosen {
        let witness = || paths.witness(self.id.as_str());
        let folded = self.folded.map_or_else(|| standings::fold(&self.dir, &witness()), |folded| *folded);
        let Folded { loaded, ledger } = folded;
        let Loaded { heads, places, faults, notes, .. } = loaded;
        Chosen { id: self.id, dir: self.dir, ledger, heads, places, faults, notes }
    }
}

/// The incident that an entry goes into.
///
/// # Errors
/// Wrong use: there is none, or several and none is named.
pub fn for_writing(context: &mut Context) -> Result<Chosen, CliError> {
    if let Some(id) = context.global.incident.clone().filter(|i| !i.is_empty()) {
        return named(context, &id);
    }
    let (mut open, others): (Vec<Seen>, Vec<Seen>) = all(context)?.into_iter().partition(|s| s.brief.is_open());
    if let (true, Some(why)) = (open.is_empty(), others.iter().find_map(Seen::unreadable)) {
        return Err(CliError::Failed(why));
    }
    match (open.pop(), open.is_empty()) {
        (Some(only), true) => Ok(only.chosen(&context.paths()?)),
        (None, _) => Err(CliError::usage("no incident is open; declare one: warroom declare --severity 2 \"TITLE\"")),
        (Some(last), false) => {
            open.push(last);
            let list: Vec<String> = open.iter().map(|c| format!("  {}", c.line())).collect();
            Err(CliError::Usage(format!(
                "several incidents are open; name one with --incident ID:\n{}",
                list.join("\n")
            )))
        }
    }
}

/// The incident that is looked at: `id` or `--incident`, else the only open one, else the newest.
///
/// # Errors
/// Wrong use: there is none at all, or none of that name.
pub fn for_reading(context: &mut Context, id: Option<&str>) -> Result<Chosen, CliError> {
    let asked = id.map(str::to_owned).or_else(|| context.global.incident.clone());
    if let Some(id) = asked.filter(|i| !i.is_empty()) {
        return named(context, &id);
    }
    let mut all = all(context)?;
    let mut open = all.iter().enumerate().filter(|(_, s)| s.brief.is_open()).map(|(i, _)| i);
    // The newest is the one that was written to last on this disk: a drill's own time says nothing about that.
    let written = |c: &Seen| std::fs::metadata(c.dir.join("log")).and_then(|m| m.modified()).ok();
    let newest = || (0..all.len()).max_by_key(|i| (written(&all[*i]), all[*i].id.clone()));
    let several = all.len() > 1;
    let chosen = match (open.next(), open.next()) {
        (Some(only), None) => Some(only),
        _ => newest(),
    };
    match chosen {
        Some(at) => {
            let chosen = all.swap_remove(at).chosen(&context.paths()?);
            if several {
                context.out.talk(&format!("incident {}", chosen.id));
            }
            Ok(chosen)
        }
        None => Err(CliError::usage("there is no incident yet; declare one: warroom declare --severity 2 \"TITLE\"")),
    }
}

fn named(context: &Context, id: &str) -> Result<Chosen, CliError> {
    let incidents = context.paths()?.incidents();
    let dir = journal::incident_folder(&incidents, id).map_err(CliError::usage)?;
    if !dir.is_dir() {
        let known = journal::list_incidents(&incidents).map_err(CliError::failed)?;
        let known: Vec<&str> = known.iter().map(IncidentId::as_str).collect();
        let list =
            if known.is_empty() { "there is none yet".to_owned() } else { format!("there are {}", known.join(", ")) };
        return Err(CliError::Usage(format!("no incident `{id}` in {}; {list}", incidents.display())));
    }
    let (id, folded) = (IncidentId::from(id), None);
    let brief = Brief { status: None, severity: 0, drill: false, title: String::new() };
    Ok(Seen { id, dir, brief, folded }.chosen(&context.paths()?))
}

fn all(context: &Context) -> Result<Vec<Seen>, CliError> {
    let paths = context.paths()?;
    let ids = journal::list_incidents(&paths.incidents()).map_err(CliError::failed)?;
    let mut standings = Standings::open(&paths.state_dir);
    let mut all = Vec::new();
    for id in &ids {
        let dir = paths.incident(id.as_str());
        let (brief, folded) = standings.look(id, &dir);
        let folded = folded.filter(|f| brief.is_open() || brief.status.is_none() && !f.loaded.faults.is_empty());
        all.push(Seen { id: id.clone(), dir, brief, folded });
    }
    standings.keep(&ids);
    Ok(all)
}
