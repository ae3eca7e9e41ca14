//! Fetching: the newest of what is followed, its signature verified, no way back in its history, and then, in one step, in force.
//! Until that step what was fetched before stays in force, whatever happens. Must not lay anything on the shelf.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;

use thiserror::Error;

use crate::config::{BookReference, BooksSettings};
use crate::domain::time::At;
use crate::runbook::mirror::{Mirror, Signer, Stand};
use crate::runtime::books::extract::extract;
use crate::runtime::books::git_call::Git;
use crate::runtime::books::laid::standing;
use crate::runtime::disposable::write_whole;

/// How long the network may take; what stands stays in force then.
const NETWORK_LIMIT: Duration = Duration::from_secs(120);
/// Where the fetched object is kept in the mirror until it is in force, and after.
const FETCHED: &str = "refs/warroom/fetched";
const IN_FORCE: &str = "refs/warroom/in-force";

/// Why nothing new is in force.
#[derive(Debug, Error)]
pub enum FetchError {
    /// What came is not to be believed.
    #[error("{0}")]
    Refused(String),
    /// It did not come.
    #[error("{0}")]
    Failed(String),
}

/// What to fetch, and what to believe.
pub struct Order<'a> {
    /// Whence.
    pub settings: &'a BooksSettings,
    /// Whose signatures count, in OpenSSH's format; or why nobody's does.
    pub signers: Result<&'a str, String>,
    /// Take it without a signature that counts: its steps ask until somebody trusts each revision.
    pub unsigned: bool,
    /// Take it although it does not follow from what stands.
    pub rewritten: bool,
    /// The time.
    pub now: At,
}

/// Fetches; `tell` hears how far it is.
///
/// # Errors
/// Nothing new is in force, and why.
pub fn fetch(mirror: &Mirror, order: &Order<'_>, tell: &mut dyn FnMut(&str)) -> Result<Stand, FetchError> {
    let _held = prepare(mirror).map_err(|why| FetchError::Failed(format!("{}: {why}", mirror.folder().display())))?;
    let git = Git { repository: mirror.repository(), settings: mirror.folder().join("git.config") };
    let failed = FetchError::Failed;
    let signers = mirror.folder().join("allowed_signers");
    write_whole(&git.settings, own_settings(order.settings, &signers).as_bytes())
        .and_then(|()| write_whole(&signers, order.signers.as_deref().unwrap_or_default().as_bytes()))
        .map_err(|why| failed(format!("{}: {why}", mirror.folder().display())))?;
    git.ask(&["init", "--bare", "--quiet", "--template="]).map_err(failed)?;
    let object = bring(&git, order.settings, tell)?;
    let commit = git.ask(&["rev-parse", "--verify", &format!("{object}^{{commit}}")]).map_err(failed)?.text();
    let old = standing(mirror, order.settings).ok().flatten();
    follows(&git, old.as_ref(), &commit, order.rewritten)?;
    let verified = order.signers.clone().and_then(|_| verify(&git, order.settings, &object));
    let (signer, unsigned) = match verified {
        Ok(signer) => (Some(signer), String::new()),
        Err(why) if order.unsigned => (None, why),
        Err(why) => {
            let way =
                "what was fetched before stays in force; --unsigned takes it, and each step asks until it is trusted";
            return Err(FetchError::Refused(format!("{} at {commit}: {why}; {way}", order.settings.reference)));
        }
    };
    let to = mirror.files_of(&commit);
    // Of a fetch that was cut off, or edited since.
    remove(&to).map_err(|why| failed(format!("{}: {why}", to.display())))?;
    let files = extract(&git, &commit, &order.settings.folder, &to).map_err(|why| {
        // Nothing points there; the next fetch takes it away.
        drop(remove(&to));
        FetchError::Failed(why)
    })?;
    git.ask(&["update-ref", IN_FORCE, &object]).map_err(failed)?;
    let stand = Stand {
        git: order.settings.git.clone(),
        reference: order.settings.reference.to_string(),
        folder: order.settings.folder.clone(),
        commit,
        signer,
        unsigned,
        fetched: order.now,
        files,
    };
    put_in_force(mirror, &stand).map_err(|why| failed(format!("{}: {why}", mirror.stand_file().display())))?;
    Ok(stand)
}

/// The folder, and its lock: two fetches at once would write over each other.
fn prepare(mirror: &Mirror) -> io::Result<fs::File> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(mirror.folder())?;
    let lock = mirror.folder().join("lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(lock)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(io::Error::other("another fetch is under way")),
        Err(TryLockError::Error(why)) => Err(why),
    }
}

/// Takes the place of the account's settings. A repository on this host may belong to another account: the one that is
/// configured is meant, and no other.
fn own_settings(settings: &BooksSettings, signers: &Path) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut text = format!("[gpg \"ssh\"]\n\tallowedSignersFile = {}\n", quoted(&signers.display().to_string()));
    if settings.git.starts_with('/') {
        let (here, inner) = (quoted(&settings.git), quoted(&format!("{}/.git", settings.git.trim_end_matches('/'))));
        text.push_str(&format!("[safe]\n\tdirectory = {here}\n\tdirectory = {inner}\n"));
    }
    text
}

/// The object that is followed now, by its hash.
fn bring(git: &Git, settings: &BooksSettings, tell: &mut dyn FnMut(&str)) -> Result<String, FetchError> {
    let source = match &settings.reference {
        BookReference::Branch(name) => format!("+refs/heads/{name}:{FETCHED}"),
        BookReference::Tag(name) => format!("+refs/tags/{name}:{FETCHED}"),
    };
    let args = ["fetch", "--no-tags", "--no-write-fetch-head", "--progress", "--", &settings.git, &source];
    let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
    let said = git.call(&args, NETWORK_LIMIT, tell).map_err(FetchError::Failed)?;
    if !said.good {
        let why = format!("{} cannot be fetched: {}", settings.git, said.reason());
        return Err(FetchError::Failed(format!("{why}; what was fetched before stays in force")));
    }
    Ok(git.ask(&["rev-parse", "--verify", FETCHED]).map_err(FetchError::Failed)?.text())
}

/// What stands must be in the history of what comes: an older state, well signed, is an attack as old as mirrors.
fn follows(git: &Git, old: Option<&Stand>, commit: &str, rewritten: bool) -> Result<(), FetchError> {
    let Some(old) = old.filter(|o| o.commit != commit && !rewritten) else { return Ok(()) };
    if git.ask(&["merge-base", "--is-ancestor", &old.commit, commit]).is_ok() {
        return Ok(());
    }
    Err(FetchError::Refused(format!(
        "{} now stands at {commit}, which does not follow from {}, the one in force here: its history was rewritten, or an \
         older state is served; look at it, then --rewritten takes it",
        old.reference, old.commit
    )))
}

/// Whose signature the tag, or the commit, has.
fn verify(git: &Git, settings: &BooksSettings, object: &str) -> Result<Signer, String> {
    let kind = git.ask(&["cat-file", "-t", object])?.text();
    let verb = if kind == "tag" { "verify-tag" } else { "verify-commit" };
    if let (BookReference::Tag(name), "tag") = (&settings.reference, kind.as_str()) {
        let text = git.ask(&["cat-file", "tag", object])?.text();
        let own = text.lines().find_map(|l| l.strip_prefix("tag ")).unwrap_or_default();
        if own != name {
            return Err(format!("the tag that is served as `{name}` was signed as `{}`", own.escape_debug()));
        }
    }
    let args = [verb, "--raw", object].map(OsStr::new);
    let said = git.call(&args, super::git_call::LOCAL_LIMIT, &mut |_| {})?;
    let signer = said.talk.iter().find_map(|l| signer_of(l)).filter(|_| said.good);
    signer.ok_or_else(|| match said.talk.iter().find(|l| l.contains("signature")) {
        Some(line) => format!("the {kind} is signed by nobody whose key counts here ({line})"),
        None if said.talk.is_empty() => format!("the {kind} is not signed"),
        None => format!("the {kind} is not signed by an SSH key that counts here ({})", said.reason()),
    })
}

/// `Good "git" signature for NAME with KIND key SHA256:…`
fn signer_of(line: &str) -> Option<Signer> {
    let (name, rest) = line.strip_prefix("Good \"git\" signature for ")?.rsplit_once(" with ")?;
    let key = rest.split(' ').find(|w| w.starts_with("SHA256:"))?;
    Some(Signer { name: name.to_owned(), key: key.to_owned() })
}

/// From now on; the files of older commits go.
fn put_in_force(mirror: &Mirror, stand: &Stand) -> io::Result<()> {
    let text = serde_json::to_string_pretty(stand)?;
    write_whole(&mirror.stand_file(), text.as_bytes())?;
    let keep = mirror.files_of(&stand.commit);
    for entry in fs::read_dir(mirror.folder())? {
        let path = entry?.path();
        let files = path.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"at-"));
        if files && path != keep {
            // What cannot be removed costs a little disk, and the next fetch tries again.
            drop(fs::remove_dir_all(&path));
        }
    }
    Ok(())
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::signer_of;

    #[test]
    fn only_a_good_signature_of_somebody_names_a_signer() {
        let good = signer_of("Good \"git\" signature for alice with ED25519 key SHA256:abc").unwrap();
        assert_eq!((good.name.as_str(), good.key.as_str()), ("alice", "SHA256:abc"));
        assert_eq!(signer_of("Good \"git\" signature with ED25519 key SHA256:abc"), None);
        assert_eq!(signer_of("Could not verify signature."), None);
    }
}
