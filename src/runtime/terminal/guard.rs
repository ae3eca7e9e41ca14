//! Takes the terminal over and gives it back, whatever happens in between: return, panic, signal.
//! Asks the terminal nothing: an answer that never comes would hold up the first frame.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste};
use crossterm::style::ResetColor;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use crossterm::{execute, queue};
use thiserror::Error;

/// Whether the terminal is ours now, so that it is given back once and only then.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Why there is no console here.
#[derive(Debug, Error)]
pub enum TtyError {
    /// Not a terminal.
    #[error("{0} is not a terminal; the console needs one (headless: warroom watch --plain)")]
    NotATerminal(&'static str),
    /// `TERM` says that nothing but lines can be shown.
    #[error("TERM={0:?} cannot show a screen; use warroom watch --plain, or set TERM (for example xterm-256color)")]
    Dumb(String),
    /// The system refused.
    #[error("the terminal cannot be taken over: {0}")]
    Refused(#[from] std::io::Error),
}

/// The terminal is ours while this lives.
#[derive(Debug)]
pub struct TerminalGuard(());

impl TerminalGuard {
    /// Takes the terminal over: raw mode, alternate screen, bracketed paste, no cursor.
    ///
    /// # Errors
    /// When this is no terminal that can show a screen.
    pub fn take() -> Result<Self, TtyError> {
        if !std::io::stdin().is_terminal() {
            return Err(TtyError::NotATerminal("standard input"));
        }
        if !std::io::stdout().is_terminal() {
            return Err(TtyError::NotATerminal("standard output"));
        }
        let term = std::env::var("TERM").unwrap_or_default();
        if term.is_empty() || term == "dumb" {
            return Err(TtyError::Dumb(term));
        }
        enable_raw_mode()?;
        TAKEN.store(true, Ordering::SeqCst);
        let mut first = Vec::new();
        queue!(first, EnterAlternateScreen, EnableBracketedPaste, Hide)?;
        std::io::stdout().write_all(&first)?;
        std::io::stdout().flush()?;
        Ok(Self(()))
    }
}

impl Drop for TerminalGuard {
    fn drop(&mut self) {
        give_back();
    }
}

/// Gives the terminal back; harmless when it is not ours. Never panics: it also runs in the panic hook,
/// and a terminal that is gone is no reason to fail.
pub fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = std::io::stdout();
    // The end of a synchronized update first: a frame may have been cut in the middle.
    let written = out.write_all(b"\x1b[?2026l").and_then(|()| {
        execute!(out, DisableMouseCapture, DisableBracketedPaste, ResetColor, LeaveAlternateScreen, Show)
    });
    let cooked = disable_raw_mode();
    // A terminal that has been closed takes neither; there is nobody left to tell.
    drop((written, cooked));
}
