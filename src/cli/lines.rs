//! Lines that come in while something slower is going on: read by a thread of its own, handed over as many as have come.
//! Must not know what becomes of them.

use std::io::{BufRead as _, BufReader, Read};
use std::sync::mpsc::{Receiver, sync_channel};

use crate::journal::{BATCH_BYTES_MAX, LINE_MAX};

/// Lines read ahead; whoever sends more waits.
const AHEAD: usize = 256;

/// The lines of some input.
pub struct Lines(Receiver<Result<String, String>>);

impl Lines {
    /// Begins to read.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn of(from: impl Read + Send + 'static) -> std::io::Result<Self> {
        let (send, receive) = sync_channel(AHEAD);
        let read = move || {
            let mut from = BufReader::new(from);
            loop {
                let line = next(&mut from);
                let Some(line) = line.transpose() else { return };
                let over = line.is_err();
                // Nobody listens any more: the reading ends with the program.
                if send.send(line).is_err() || over {
                    return;
                }
            }
        };
        std::thread::Builder::new().name("lines".to_owned()).spawn(read)?;
        Ok(Self(receive))
    }

    /// Waits for a line and gives it with those that have come besides, about as many as go to the disk at once; `None` at the end.
    pub fn next(&self) -> Option<Vec<Result<String, String>>> {
        let first = self.0.recv().ok()?;
        let mut bytes = first.as_ref().map_or(0, String::len);
        let mut batch = vec![first];
        while batch.len() < AHEAD && bytes < BATCH_BYTES_MAX {
            let Ok(line) = self.0.try_recv() else { break };
            bytes += line.as_ref().map_or(0, String::len);
            batch.push(line);
        }
        Some(batch)
    }
}

/// The next line that is not empty, without its end.
fn next(from: &mut impl std::io::BufRead) -> Result<Option<String>, String> {
    loop {
        let mut line = Vec::new();
        // One longer than any entry can be is cut here and refused as too large by whoever records it.
        let read = from.by_ref().take(LINE_MAX as u64).read_until(b'\n', &mut line);
        match read {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(e) => return Err(format!("the input cannot be read: {e}")),
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        if !text.trim().is_empty() {
            return Ok(Some(text.to_owned()));
        }
    }
}
