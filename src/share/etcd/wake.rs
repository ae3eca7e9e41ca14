//! Wakes the carrier when files of the log change: by the system's word, with a look now and then where it says nothing.
//! Must not read the files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{Duration, timeout};

use crate::journal::list_incidents;

/// How often files are looked at although nothing woke us.
const LOOK: Duration = Duration::from_secs(1);

/// The same where the system gives us no watcher.
const LOOK_UNWATCHED: Duration = Duration::from_millis(250);

/// Most folders that are watched; the logs of others are looked at now and then.
const WATCHED_MAX: usize = 64;

pub(super) struct Wake {
    incidents: PathBuf,
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    woken: Receiver<()>,
}

impl Wake {
    pub(super) fn new(incidents: &Path) -> Self {
        // One waiting wake-up is as good as many.
        let (wake, woken) = channel(1);
        let told = move |news: notify::Result<notify::Event>| {
            // Our own reading is told as well; to wake up for it would never end.
            if !news.is_ok_and(|event| event.kind.is_access()) {
                let _ = wake.try_send(());
            }
        };
        let watcher = notify::recommended_watcher(told).ok();
        Self { incidents: incidents.to_owned(), watcher, watched: BTreeSet::new(), woken }
    }

    /// Watches folders that appeared, the newest first.
    pub(super) fn look(&mut self) {
        let Some(watcher) = &mut self.watcher else { return };
        let logs = list_incidents(&self.incidents).unwrap_or_default();
        let logs = logs.into_iter().rev().map(|id| self.incidents.join(id.as_str()).join("log"));
        for folder in std::iter::once(self.incidents.clone()).chain(logs).take(WATCHED_MAX) {
            // A refused watch is made up for by looking.
            if !self.watched.contains(&folder) && watcher.watch(&folder, RecursiveMode::NonRecursive).is_ok() {
                self.watched.insert(folder);
            }
        }
    }

    /// Until something changed, or it is time to look anyway.
    pub(super) async fn next(&mut self) {
        let pause = if self.watcher.is_some() { LOOK } else { LOOK_UNWATCHED };
        // Either is a reason to look.
        let _ = timeout(pause, self.woken.recv()).await;
    }
}
