//! A session on disk: its key, how long it lives, and its delegation once the own key has signed one. In state, never beside an
//! incident, readable by its owner alone. Whoever can read it can sign as its person until it ends.

use std::fs;
use std::fs::DirBuilder;
use std::fs::File;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::Serialize;
use thiserror::Error;

use crate::domain::id::IncidentId;
use crate::domain::id::PersonId;
use crate::domain::statement::Delegation;
use crate::domain::statement::Statement;
use crate::domain::time::At;
use crate::keys::key::Key;
use crate::keys::namespace;
use crate::keys::session::SessionKey;
use crate::keys::sshsig;

/// Longest file that is read: key, statement and a signature by a long RSA key take 8 KiB. A longer one is none of ours.
const MAX_FILE: u64 = 64 * 1024;

/// A session: one person, one incident, one host, half a day at most.
#[derive(Clone, Debug)]
pub struct Session {
    /// In which incident it signs.
    pub incident: IncidentId,
    /// For whom.
    pub person: PersonId,
    /// With what.
    pub key: Arc<SessionKey>,
    /// From when on.
    pub from: At,
    /// Until when.
    pub expires: At,
    /// The own key asks somebody before it signs, as far as is known: it is not asked without need then.
    pub asks: bool,
    /// The own key's word for it, as soon as there is one.
    pub voucher: Option<Voucher>,
}

/// A delegation and its signature, as `key.delegated` carries them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voucher {
    /// The own key that signed it.
    pub own: Key,
    /// `warroom delegation v1` and its fields.
    pub statement: String,
    /// SSHSIG, base64.
    pub sig: String,
}

/// Why a session cannot be kept or read.
#[derive(Debug, Error)]
pub enum SessionFileError {
    /// The system refused.
    #[error("{file}: {why}")]
    Io {
        /// Which file.
        file: PathBuf,
        /// The system's reason.
        why: std::io::Error,
    },
    /// Others can read it.
    #[error("{file}: others can read this session key; remove the file, a new session is made then")]
    Open {
        /// Which file.
        file: PathBuf,
    },
    /// It is no session of ours.
    #[error("{file}: {why}; remove the file, a new session is made then")]
    Form {
        /// Which file.
        file: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// The file's form.
#[derive(Serialize, Deserialize)]
struct Kept {
    v: u32,
    incident: IncidentId,
    person: PersonId,
    seed: String,
    from: At,
    expires: At,
    asks: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    statement: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sig: Option<String>,
}

/// The one version there is.
const VERSION: u32 = 1;

impl Session {
    /// What the own key is to sign for it.
    #[must_use]
    pub fn delegation(&self) -> Delegation {
        Delegation {
            incident: self.incident.clone(),
            principal: self.person.clone(),
            key: self.key.key().line().clone(),
            valid_from: self.from,
            expires: self.expires,
        }
    }

    /// Whether it may sign at this moment.
    #[must_use]
    pub fn holds_at(&self, now: At) -> bool {
        self.from <= now && now < self.expires
    }

    /// Reads it; `None` where there is none.
    ///
    /// # Errors
    /// It cannot be read, others can read it, or it is no session.
    pub fn load(file: &Path) -> Result<Option<Self>, SessionFileError> {
        let io = |why| SessionFileError::Io { file: file.to_owned(), why };
        let opened = match File::open(file) {
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(io)?,
        };
        let about = opened.metadata().map_err(io)?;
        if about.mode() & 0o077 != 0 || about.uid() != rustix::process::geteuid().as_raw() {
            return Err(SessionFileError::Open { file: file.to_owned() });
        }
        let mut text = String::new();
        opened.take(MAX_FILE).read_to_string(&mut text).map_err(io)?;
        Self::read(&text).map(Some).map_err(|why| SessionFileError::Form { file: file.to_owned(), why })
    }

    fn read(text: &str) -> Result<Self, String> {
        let kept: Kept = serde_json::from_str(text).map_err(|why| format!("is no session ({why})"))?;
        if kept.v != VERSION {
            return Err(format!("is a session of version {}; only {VERSION} is known", kept.v));
        }
        let seed = STANDARD.decode(&kept.seed).ok().and_then(|seed| <[u8; 32]>::try_from(seed).ok());
        let key = SessionKey::from_seed(seed.ok_or("holds no key")?).map_err(|why| why.to_string())?;
        let Kept { incident, person, from, expires, asks, .. } = kept;
        let mut session = Self { incident, person, key: Arc::new(key), from, expires, asks, voucher: None };
        if let (Some(statement), Some(sig)) = (kept.statement, kept.sig) {
            session.voucher = Some(session.vouched(statement, sig)?);
        }
        Ok(session)
    }

    /// A delegation that fits this session and is signed by some own key.
    fn vouched(&self, statement: String, sig: String) -> Result<Voucher, String> {
        let signer = sshsig::verify(&sig, namespace::STATEMENT, statement.as_bytes()).map_err(|why| why.to_string())?;
        match Statement::parse(&statement) {
            Ok(Statement::Delegation(found)) if found.text() == self.delegation().text() => {
                Ok(Voucher { own: signer.key, statement, sig })
            }
            _ => Err("its delegation is not for this key, person and incident".to_owned()),
        }
    }

    /// Writes it, whole or not at all; makes the folder where there is none.
    ///
    /// # Errors
    /// The system refused.
    pub fn keep(&self, file: &Path) -> Result<(), SessionFileError> {
        let io = |why| SessionFileError::Io { file: file.to_owned(), why };
        if let Some(folder) = file.parent() {
            own_folder(folder).map_err(io)?;
        }
        let voucher = self.voucher.as_ref();
        let kept = Kept {
            v: VERSION,
            incident: self.incident.clone(),
            person: self.person.clone(),
            seed: STANDARD.encode(self.key.seed()),
            from: self.from,
            expires: self.expires,
            asks: self.asks,
            statement: voucher.map(|v| v.statement.clone()),
            sig: voucher.map(|v| v.sig.clone()),
        };
        let text = serde_json::to_vec(&kept).map_err(|why| io(why.into()))?;
        // Two processes never share one, and one that was left by a crash is written over by nobody.
        let temporary = file.with_extension(format!("{}.new", std::process::id()));
        let written = write(&temporary, &text).and_then(|()| fs::rename(&temporary, file));
        if written.is_err() {
            // The reason is told; what is left of it would only hold a key that nobody uses.
            drop(fs::remove_file(&temporary));
        }
        written.map_err(io)
    }

    /// Forgets it: nothing can be signed with it any more. True when there was one.
    ///
    /// # Errors
    /// The system refused.
    pub fn forget(file: &Path) -> Result<bool, SessionFileError> {
        match fs::remove_file(file) {
            Ok(()) => Ok(true),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(false),
            Err(why) => Err(SessionFileError::Io { file: file.to_owned(), why }),
        }
    }
}

/// The folder is its owner's alone; what it stands in may be shared by many accounts.
fn own_folder(folder: &Path) -> std::io::Result<()> {
    if let Some(above) = folder.parent() {
        fs::create_dir_all(above)?;
    }
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(why) if why.kind() != ErrorKind::AlreadyExists => Err(why),
        _ => Ok(()),
    }
}

/// Not synced: a session that a power cut takes is made anew.
fn write(file: &Path, text: &[u8]) -> std::io::Result<()> {
    drop(fs::remove_file(file));
    let mut new = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    new.write_all(text)
}
