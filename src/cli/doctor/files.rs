//! The files people wrote, and the folders we live in.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::fs::Access;

use crate::cli::doctor::finding::Finding;
use crate::config::Config;
use crate::config::Loaded;
use crate::config::Problem;
use crate::domain::roster::Roster;
use crate::domain::watch::Auth;
use crate::runtime::paths::Paths;

/// Whether we can write where we live.
#[must_use]
pub fn home(paths: &Paths) -> Vec<Finding> {
    let mut folders = vec![&paths.config_dir, &paths.data_dir, &paths.state_dir];
    folders.dedup();
    let found: Vec<Finding> = folders.into_iter().map(|f| folder(f)).collect();
    if found.iter().all(|f| f.mend.is_empty()) {
        return vec![Finding::ok("home", format!("{} can be written", paths.data_dir.display()))];
    }
    found.into_iter().filter(|f| !f.mend.is_empty()).collect()
}

fn folder(folder: &Path) -> Finding {
    let there = folder.ancestors().find(|f| f.exists()).unwrap_or(Path::new("/"));
    if !there.is_dir() {
        let says = format!("{} is in the way: it is no folder", there.display());
        return Finding::bad("home", says, "move it away, or choose another folder with --home DIR");
    }
    match rustix::fs::access(there, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Finding::ok("home", there.display().to_string()),
        Err(why) => Finding::bad(
            "home",
            format!("{} cannot be written: {why}", there.display()),
            "mend its owner and permissions, or choose another folder with --home DIR",
        ),
    }
}

/// The configuration, problem by problem.
#[must_use]
pub fn config(file: &Path, loaded: &Loaded<Config>) -> Vec<Finding> {
    if !loaded.problems.is_empty() {
        return problems("config", &loaded.problems);
    }
    if !loaded.present {
        let says = format!("no {}: this host and whatever is found on loopback is watched", file.display());
        return vec![Finding::ok("config", format!("{says}; `warroom init` writes one to begin with"))];
    }
    let config = &loaded.value;
    let says = format!("{}: {} nodes, network {}", file.display(), config.nodes.len(), config.networks.join(", "));
    vec![Finding::ok("config", says)]
}

fn problems(id: &str, problems: &[Problem]) -> Vec<Finding> {
    problems.iter().map(|p| Finding::bad(id, p.to_string(), "edit the file at that line")).collect()
}

/// The roster: its problems, keys that cannot be checked, operators that can never be verified.
#[must_use]
pub fn roster(file: &Path, loaded: &Loaded<Roster>, actor: Option<&str>) -> Vec<Finding> {
    if !loaded.problems.is_empty() {
        return problems("roster", &loaded.problems);
    }
    if !loaded.present {
        return vec![Finding::ok("roster", format!("no {}: everybody may do everything", file.display()))];
    }
    let roster = &loaded.value;
    let mut found = Vec::new();
    if let Some(actor) = actor.filter(|a| !roster.people.is_empty() && roster.person(a).is_none()) {
        let says = format!("{actor} (you) is not in the roster, and so an observer");
        found.push(Finding::warn("roster", says, "add a [[person]] with that name, or say who you are with --as NAME"));
    }
    for operator in &roster.operators {
        if operator.keys.is_empty() {
            let says = format!("{}: no key, so that its documents never count", operator.name);
            found.push(Finding::warn("roster", says, "ask them for the line of their .pub file and add it to `keys`"));
        }
    }
    if found.is_empty() {
        let (people, operators) = (roster.people.len(), roster.operators.len());
        found.push(Finding::ok("roster", format!("{}: {people} people, {operators} operators", file.display())));
    }
    found
}

/// Files that hold passwords: there, readable by us, and by nobody else.
#[must_use]
pub fn secrets(config: &Config) -> Vec<Finding> {
    let files = config.nodes.iter().filter_map(|node| match &node.auth {
        Auth::PasswordFile { file, .. } | Auth::CookieFile(file) | Auth::BearerFile(file) => Some((&node.id, file)),
        Auth::None | Auth::Basic { .. } => None,
    });
    let mut found = Vec::new();
    for (node, file) in files {
        let id = format!("node {node}");
        match std::fs::File::open(file).and_then(|f| f.metadata()) {
            Err(why) => found.push(Finding::bad(
                id,
                format!("{} cannot be read: {why}", file.display()),
                "mend the path in `auth`, or the file's permissions",
            )),
            Ok(about) if about.permissions().mode() & 0o007 != 0 => found.push(Finding::warn(
                id,
                format!("{} holds a secret and everybody can read it", file.display()),
                format!("chmod 600 {}", file.display()),
            )),
            Ok(_) => {}
        }
    }
    found
}
