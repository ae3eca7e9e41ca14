//! The Beacon API's stream of events, piece by piece as it comes. Pure: bytes in, events out; anything else is passed over.

use serde::Deserialize;

/// Longest line that is kept; events that are watched have some hundred bytes. A longer line is passed over.
const LINE_LIMIT: usize = 16 * 1024;

/// An event that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The node took this slot's block.
    Block {
        /// Its slot.
        slot: u64,
    },
    /// The node left blocks for others.
    Reorg {
        /// How many.
        depth: u64,
    },
    /// An epoch became final.
    Finalized {
        /// Which.
        epoch: u64,
    },
}

/// Reads a stream; keeps what a line lacks until the next piece.
#[derive(Debug, Default)]
pub struct Events {
    line: Vec<u8>,
    passing: bool,
    name: String,
}

impl Events {
    /// Takes a piece of any length.
    pub fn push(&mut self, piece: &[u8]) -> Vec<Event> {
        let mut found = Vec::new();
        for part in piece.split_inclusive(|b| *b == b'\n') {
            let (text, ends) = part.strip_suffix(b"\n").map_or((part, false), |t| (t, true));
            self.passing |= self.line.len() + text.len() > LINE_LIMIT;
            if !self.passing {
                self.line.extend_from_slice(text);
            }
            if ends {
                let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
                if !std::mem::take(&mut self.passing) {
                    found.extend(self.line(line.trim_end_matches('\r')));
                }
            }
        }
        found
    }

    fn line(&mut self, line: &str) -> Option<Event> {
        if line.is_empty() {
            self.name.clear();
            return None;
        }
        let (field, value) = line.split_once(':')?;
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => {
                value.clone_into(&mut self.name);
                None
            }
            "data" => read(&self.name, value),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
struct WireEvent {
    #[serde(default)]
    slot: Option<String>,
    #[serde(default)]
    depth: Option<String>,
    #[serde(default)]
    epoch: Option<String>,
}

fn read(name: &str, data: &str) -> Option<Event> {
    let wire: WireEvent = serde_json::from_str(data).ok()?;
    let number = |text: Option<String>| text?.parse::<u64>().ok();
    match name {
        "block" => number(wire.slot).map(|slot| Event::Block { slot }),
        "chain_reorg" => number(wire.depth).map(|depth| Event::Reorg { depth }),
        "finalized_checkpoint" => number(wire.epoch).map(|epoch| Event::Finalized { epoch }),
        _ => None,
    }
}
