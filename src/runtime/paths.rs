//! Where things live: one folder with `--home` or `WARROOM_HOME`, else the platform's own config, data and state folders.
//! Knows names only; must not read what is in them.

use std::path::Path;
use std::path::PathBuf;

use directories::ProjectDirs;
use thiserror::Error;

use crate::journal::encode_name;

/// Why there is no place to live.
#[derive(Debug, Error)]
pub enum PathsError {
    /// No home folder is known for this account.
    #[error("no home folder is known for this account; name one with --home DIR or WARROOM_HOME")]
    NoHome,
    /// The working folder of this process is gone, so that a relative `--home` means nothing.
    #[error("--home {home}: cannot be made absolute: {why}; give an absolute path")]
    Relative {
        /// As given.
        home: PathBuf,
        /// The system's reason.
        why: std::io::Error,
    },
}

/// The folders, resolved once at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml`, `roster.toml`, `runbooks/`, `themes/`, `fixtures/`.
    pub config_dir: PathBuf,
    /// `incidents/` and `peers/`.
    pub data_dir: PathBuf,
    /// What must never travel with an incident: last heads seen, session keys, caches.
    pub state_dir: PathBuf,
}

impl Paths {
    /// All in `home`, or in the platform's own folders when there is none (an empty path counts as none).
    ///
    /// # Errors
    /// When the account has no home folder, or a relative `home` cannot be made absolute.
    pub fn resolve(home: Option<&Path>) -> Result<Self, PathsError> {
        if let Some(home) = home.filter(|h| !h.as_os_str().is_empty()) {
            let home =
                std::path::absolute(home).map_err(|why| PathsError::Relative { home: home.to_path_buf(), why })?;
            return Ok(Self::in_one(&home));
        }
        let dirs = ProjectDirs::from("", "", "warroom").ok_or(PathsError::NoHome)?;
        let data_dir = dirs.data_dir().to_path_buf();
        // macOS has no state folder of its own: ours is a folder beside the data there.
        let state_dir = dirs.state_dir().map_or_else(|| data_dir.join("state"), Path::to_path_buf);
        Ok(Self { config_dir: dirs.config_dir().to_path_buf(), data_dir, state_dir })
    }

    /// Everything in one folder: tests, drills, bastions.
    #[must_use]
    pub fn in_one(home: &Path) -> Self {
        Self { config_dir: home.to_path_buf(), data_dir: home.to_path_buf(), state_dir: home.join("state") }
    }

    /// What to watch.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.config_dir.join("config.toml")
    }

    /// People and operators.
    #[must_use]
    pub fn roster(&self) -> PathBuf {
        self.config_dir.join("roster.toml")
    }

    /// Runbooks of our own; the same id here wins over a shipped one.
    #[must_use]
    pub fn runbooks(&self) -> PathBuf {
        self.config_dir.join("runbooks")
    }

    /// Themes of our own.
    #[must_use]
    pub fn themes(&self) -> PathBuf {
        self.config_dir.join("themes")
    }

    /// Scenarios of our own.
    #[must_use]
    pub fn fixtures(&self) -> PathBuf {
        self.config_dir.join("fixtures")
    }

    /// Status documents that people drop in.
    #[must_use]
    pub fn peers(&self) -> PathBuf {
        self.data_dir.join("peers")
    }

    /// One folder for each incident.
    #[must_use]
    pub fn incidents(&self) -> PathBuf {
        self.data_dir.join("incidents")
    }

    /// What this account has seen of an incident's chains on this host.
    #[must_use]
    pub fn witness(&self, id: &str) -> PathBuf {
        witness_file(&self.state_dir, id)
    }

    /// One incident's folder.
    #[must_use]
    pub fn incident(&self, id: &str) -> PathBuf {
        self.incidents().join(id)
    }
}

/// [`Paths::witness`] where only the state folder is at hand. A folder for each account: a home may be shared by many.
#[must_use]
pub fn witness_file(state_dir: &Path, id: &str) -> PathBuf {
    let account = rustix::process::geteuid().as_raw();
    state_dir.join(format!("heads-{account}")).join(format!("{}.json", encode_name(id)))
}
