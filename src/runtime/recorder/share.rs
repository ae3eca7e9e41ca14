//! Shares what the recorder sees with the consoles beside it, over a socket that only this account can open.
//! A console that reads too slowly misses observations; it never slows the recorder down.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::AsyncWriteExt;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::domain::id::NodeId;
use crate::domain::observation::Observation;
use crate::runtime::recorder::lock::SocketFolder;
use crate::telemetry::wire;

/// Observations that wait for the slowest console; older ones are lost to it.
const BACKLOG: usize = 256;

/// The sharing end.
#[derive(Debug)]
pub struct Share {
    live: broadcast::Sender<Arc<str>>,
    newest: Arc<Mutex<BTreeMap<NodeId, Arc<str>>>>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Share {
    /// Opens the socket, in the place of one that a dead recorder left. Only to be called with the lock held.
    ///
    /// # Errors
    /// When the socket cannot be made.
    pub fn open(folder: &SocketFolder) -> io::Result<Self> {
        let path = folder.socket();
        match std::fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
        let (live, _) = broadcast::channel(BACKLOG);
        let newest = Arc::new(Mutex::new(BTreeMap::new()));
        let accepting = tokio::spawn(accept(listener, live.clone(), Arc::clone(&newest)));
        Ok(Self { live, newest, accepting })
    }

    /// Shares one observation.
    pub fn tell(&self, seen: &Observation) {
        // What cannot be written as JSON is a fault of ours; the recorder's own screen still has it.
        let Ok(line) = wire::encode(seen) else { return };
        let line: Arc<str> = Arc::from(line + "\n");
        self.newest.lock().unwrap_or_else(PoisonError::into_inner).insert(seen.node.clone(), Arc::clone(&line));
        // Nobody listening is the usual case.
        drop(self.live.send(line));
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    listener: UnixListener,
    live: broadcast::Sender<Arc<str>>,
    newest: Arc<Mutex<BTreeMap<NodeId, Arc<str>>>>,
) {
    // An error of accept is about one caller, or about descriptors that will be free again.
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            continue;
        };
        let known: Vec<Arc<str>> = newest.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect();
        tokio::spawn(serve(stream, known, live.subscribe()));
    }
}

/// What every node said last, then whatever comes; ends when the other side is gone.
async fn serve(mut stream: UnixStream, known: Vec<Arc<str>>, mut live: broadcast::Receiver<Arc<str>>) {
    for line in known {
        if stream.write_all(line.as_bytes()).await.is_err() {
            return;
        }
    }
    loop {
        match live.recv().await {
            Ok(line) => {
                if stream.write_all(line.as_bytes()).await.is_err() {
                    return;
                }
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}
