//! How we prove who we are to one node: secrets are read from their files when needed, bounded, never printed.
//! Must not know which node it is.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Mutex;

use reqwest::RequestBuilder;

use crate::domain::observation::Failure;
use crate::domain::watch::Auth;

/// A secret file is read up to here; what is longer is not a password.
const FILE_LIMIT: u64 = 4_096;

/// One node's credentials.
#[derive(Debug, Default)]
pub struct Credentials {
    auth: Auth,
    kept: Mutex<Option<Proof>>,
}

#[derive(Clone)]
enum Proof {
    Basic(String, String),
    Bearer(String),
}

impl std::fmt::Debug for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proof(…)")
    }
}

impl Credentials {
    /// Of this kind; nothing is read yet.
    #[must_use]
    pub const fn new(auth: Auth) -> Self {
        Self { auth, kept: Mutex::new(None) }
    }

    /// Forgets what was read: a cookie changes when its node starts again.
    pub fn forget(&self) {
        if let Ok(mut kept) = self.kept.lock() {
            *kept = None;
        }
    }

    /// The bearer token that others have to show, where there is one.
    pub(super) fn bearer(&self) -> Result<Option<String>, Failure> {
        match self.proof()? {
            Some(Proof::Bearer(token)) if token.is_empty() => {
                Err(Failure::Setup("the token file is empty; nobody could prove anything".to_owned()))
            }
            Some(Proof::Bearer(token)) => Ok(Some(token)),
            _ => Ok(None),
        }
    }

    /// Adds the proof to a request.
    pub(super) fn apply(&self, request: RequestBuilder) -> Result<RequestBuilder, Failure> {
        Ok(match self.proof()? {
            None => request,
            Some(Proof::Basic(user, password)) => request.basic_auth(user, Some(password)),
            Some(Proof::Bearer(token)) => request.bearer_auth(token),
        })
    }

    fn proof(&self) -> Result<Option<Proof>, Failure> {
        let Ok(mut kept) = self.kept.lock() else { return Ok(None) };
        if kept.is_none() {
            *kept = read(&self.auth)?;
        }
        Ok(kept.clone())
    }
}

fn read(auth: &Auth) -> Result<Option<Proof>, Failure> {
    Ok(match auth {
        Auth::None => None,
        Auth::Basic { user, password } => Some(Proof::Basic(user.clone(), password.reveal().to_owned())),
        Auth::PasswordFile { user, file } => Some(Proof::Basic(user.clone(), first_line(file)?)),
        Auth::BearerFile(file) => Some(Proof::Bearer(first_line(file)?)),
        Auth::CookieFile(file) => {
            let line = first_line(file)?;
            let (user, password) = line.split_once(':').ok_or_else(|| {
                Failure::Setup(format!("{} does not hold user:password; is it the node's cookie?", file.display()))
            })?;
            Some(Proof::Basic(user.to_owned(), password.to_owned()))
        }
    })
}

fn first_line(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let cannot = |e: std::io::Error| Failure::Setup(format!("cannot read {}: {e}", path.display()));
    File::open(path).map_err(cannot)?.take(FILE_LIMIT).read_to_string(&mut text).map_err(cannot)?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}
