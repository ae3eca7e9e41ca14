//! The sessions of this account on this host, one file for each incident and person. Names and lives; must not sign.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::id::IncidentId;
use crate::domain::id::PersonId;
use crate::domain::statement::SESSION_MAX;
use crate::domain::time::At;
use crate::domain::time::Span;
use crate::journal::encode_name;
use crate::keys::NoRandomness;
use crate::keys::Session;
use crate::keys::SessionFileError;
use crate::keys::SessionKey;
use crate::runtime::paths::Paths;

/// A session with less than this left is not taken up any more: a new one is made while the old one still holds,
/// so that a touch that comes late comes in time.
const RENEW_BEFORE: Span = Span::from_mins(15);

/// At most this many sessions are listed; older ones than the newest of these are counted by nobody.
const MAX_LISTED: usize = 1_000;

/// The sessions of this account.
#[derive(Clone, Debug)]
pub struct Sessions {
    folder: PathBuf,
}

impl Sessions {
    /// Under state, in a folder of this account's own: a home may be shared by many.
    #[must_use]
    pub fn of(paths: &Paths) -> Self {
        let account = rustix::process::geteuid().as_raw();
        Self { folder: paths.state_dir.join(format!("sessions-{account}")) }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of one.
    #[must_use]
    pub fn file(&self, incident: &IncidentId, person: &PersonId) -> PathBuf {
        let name = format!("{}+{}.json", encode_name(incident.as_str()), encode_name(person.as_str()));
        self.folder.join(name)
    }

    /// The one that signs now, where there is one that will hold for a while.
    ///
    /// # Errors
    /// It is there and cannot be used.
    pub fn current(
        &self,
        incident: &IncidentId,
        person: &PersonId,
        now: At,
    ) -> Result<Option<Session>, SessionFileError> {
        let found = Session::load(&self.file(incident, person))?;
        let fits =
            |s: &Session| s.incident == *incident && s.person == *person && s.holds_at(now) && !is_ending(s, now);
        Ok(found.filter(fits))
    }

    /// A new one, from now on. Nobody has vouched for it, and it is nowhere yet but here.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn draft(incident: &IncidentId, person: &PersonId, now: At) -> Result<Session, NoRandomness> {
        // Whole seconds, as its delegation writes them; never later than the first line it signs.
        let from = At::from_secs(now.secs());
        Ok(Session {
            incident: incident.clone(),
            person: person.clone(),
            key: Arc::new(SessionKey::generate()?),
            from,
            expires: from.plus(SESSION_MAX),
            asks: true,
            voucher: None,
        })
    }

    /// Writes it, in the place of the one before it.
    ///
    /// # Errors
    /// The system refused.
    pub fn keep(&self, session: &Session) -> Result<(), SessionFileError> {
        session.keep(&self.file(&session.incident, &session.person))
    }

    /// Forgets one; true when there was one.
    ///
    /// # Errors
    /// The system refused.
    pub fn forget(&self, incident: &IncidentId, person: &PersonId) -> Result<bool, SessionFileError> {
        Session::forget(&self.file(incident, person))
    }

    /// All there are, by file name; those that cannot be read with the reason.
    #[must_use]
    pub fn all(&self) -> Vec<(PathBuf, Result<Session, SessionFileError>)> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        let mut files: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
        files.retain(|f| f.extension().is_some_and(|e| e == "json"));
        files.sort();
        files.truncate(MAX_LISTED);
        let read = |file: PathBuf| Session::load(&file).transpose().map(|session| (file, session));
        files.into_iter().filter_map(read).collect()
    }

    /// Removes those that have ended: their keys are of no use to anybody any more. What cannot be removed is listed by `doctor`.
    pub fn tidy(&self, now: At) {
        for (file, session) in self.all() {
            if session.is_ok_and(|s| s.expires <= now) {
                drop(Session::forget(&file));
            }
        }
    }
}

/// Whether a session that holds is so near its end that a new one should be made.
#[must_use]
pub fn is_ending(session: &Session, now: At) -> bool {
    session.expires.since(now) < RENEW_BEFORE
}
