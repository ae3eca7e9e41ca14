//! Writes frames to the terminal on a thread of its own: a stalled line never stalls the console.
//! One frame at a time; while it is being written no other is made, so a slow line gets the latest state, not a queue.

use std::io::Write;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};

use tokio::sync::mpsc::Sender;

/// A whole frame, as bytes for the terminal.
pub type Frame = Vec<u8>;

/// Begins a block that the terminal shows at once (DEC private mode 2026); others ignore it.
const SYNC_BEGIN: &[u8] = b"\x1b[?2026h";
/// Ends it.
const SYNC_END: &[u8] = b"\x1b[?2026l";

/// What became of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is out; the next may come.
    Done,
    /// The terminal is gone.
    Gone,
}

/// Hands frames to the writing thread.
#[derive(Debug)]
pub struct Pen {
    frames: SyncSender<Frame>,
    busy: bool,
}

impl Pen {
    /// Starts the writing thread; it says `Done` after each frame.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(told: Sender<Written>) -> std::io::Result<Self> {
        let (frames, queue) = sync_channel::<Frame>(1);
        std::thread::Builder::new().name("pen".to_owned()).spawn(move || {
            for frame in queue {
                let mut out = std::io::stdout().lock();
                let written = out.write_all(&frame).and_then(|()| out.flush());
                let word = if written.is_ok() { Written::Done } else { Written::Gone };
                if told.blocking_send(word).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { frames, busy: false })
    }

    /// Whether a frame is still on its way out.
    #[must_use]
    pub const fn is_busy(&self) -> bool {
        self.busy
    }

    /// Hands a frame over, in a synchronized update, as one write. Only to be called when not busy.
    pub fn write(&mut self, cells: &[u8]) {
        let mut frame = Vec::with_capacity(cells.len() + SYNC_BEGIN.len() + SYNC_END.len());
        frame.extend_from_slice(SYNC_BEGIN);
        frame.extend_from_slice(cells);
        frame.extend_from_slice(SYNC_END);
        match self.frames.try_send(frame) {
            Ok(()) => self.busy = true,
            // Full cannot be while not busy; a thread that is gone has said so already.
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {}
        }
    }

    /// The frame is out.
    pub const fn done(&mut self) {
        self.busy = false;
    }
}
