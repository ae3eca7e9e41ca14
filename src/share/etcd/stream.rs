//! A watch: one line of JSON after the other, bounded, until the connection ends.
//! Must not know what the keys mean.

use reqwest::Response;

use crate::share::etcd::fault::{EtcdError, short};
use crate::share::etcd::wire::{Change, WatchLine};

/// Longest line of a watch: in pieces etcd sends at most about 2 MiB of events at once, a third more in base64. A longer one ends the
/// watch.
const LINE_MAX: usize = 8 * 1024 * 1024;

/// What a watch says.
#[derive(Debug)]
pub(super) enum Word {
    /// What changed, in the order of revisions; whether the last one of them is whole, or goes on in the next word.
    Changes(Vec<Change>, bool),
    /// What was asked for is not kept any more: everything is to be read again.
    Compacted,
}

/// A watch that runs.
pub(super) struct Watch {
    reply: Response,
    buffer: Vec<u8>,
    /// Bytes of the buffer in which no line ends.
    looked: usize,
}

impl Watch {
    pub(super) const fn new(reply: Response) -> Self {
        Self { reply, buffer: Vec::new(), looked: 0 }
    }

    /// The next word. Nothing is lost when the future is dropped before it is done.
    pub(super) async fn next(&mut self) -> Result<Word, EtcdError> {
        loop {
            if let Some(at) = self.buffer.iter().skip(self.looked).position(|b| *b == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=self.looked + at).collect();
                self.looked = 0;
                if let Some(word) = word(&line)? {
                    return Ok(word);
                }
                continue;
            }
            self.looked = self.buffer.len();
            if self.buffer.len() > LINE_MAX {
                return Err(EtcdError::Nonsense(format!("a watch with a line of more than {LINE_MAX} bytes")));
            }
            let piece = self.reply.chunk().await.map_err(|e| EtcdError::of_client(&e))?;
            let Some(piece) = piece else { return Err(EtcdError::Unreachable("it ended the watch".to_owned())) };
            self.buffer.extend_from_slice(&piece);
        }
    }
}

fn word(line: &[u8]) -> Result<Option<Word>, EtcdError> {
    if line.trim_ascii().is_empty() {
        return Ok(None);
    }
    let line: WatchLine = serde_json::from_slice(line).map_err(|e| EtcdError::Nonsense(short(&e.to_string())))?;
    if let Some(error) = line.error {
        return Err(EtcdError::of_reply(&error));
    }
    let reply = line.result.unwrap_or_default();
    match reply {
        reply if reply.compact_revision > 0 => Ok(Some(Word::Compacted)),
        reply if reply.canceled => {
            let why = reply.cancel_reason.to_ascii_lowercase();
            Err(if why.contains("permission") {
                EtcdError::Denied
            } else {
                EtcdError::Says(short(&reply.cancel_reason))
            })
        }
        reply if reply.events.is_empty() => Ok(None),
        reply => Ok(Some(Word::Changes(reply.events, !reply.fragment))),
    }
}
