//! Reads the terminal on a thread of its own, and watches for its end on another: a closed terminal never spins.

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, poll as look, read};
use rustix::event::{PollFd, PollFlags, poll};
use tokio::sync::mpsc::Sender;

use crate::app::keymap::Key;

/// What comes from the terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key.
    Key(Key),
    /// Pasted text.
    Paste(String),
    /// Columns and rows.
    Resized(u16, u16),
    /// The terminal is gone.
    Gone,
}

/// Starts both threads; `size` is the one that is drawn so far.
///
/// # Errors
/// When the system gives no thread.
pub fn listen(to: Sender<Input>, size: (u16, u16)) -> std::io::Result<()> {
    let end = to.clone();
    std::thread::Builder::new().name("keys".to_owned()).spawn(move || read_all(&to, size))?;
    std::thread::Builder::new().name("terminal".to_owned()).spawn(move || {
        wait_for_hangup();
        // Nobody listens any more when the console has left already.
        drop(end.blocking_send(Input::Gone));
    })?;
    Ok(())
}

/// Reads until the terminal or the console is gone.
///
/// The kernel is asked for the window's size before each reading, for changes of it may go untold: one that comes before the first
/// look, and one that comes together with a key (crossterm returns with the key and does not look at the signal again).
fn read_all(to: &Sender<Input>, mut told: (u16, u16)) {
    // From this look on changes are listened for; what it answers is read below.
    drop(look(Duration::ZERO));
    loop {
        if let Some(size) = window_size().filter(|size| *size != told) {
            told = size;
            if to.blocking_send(Input::Resized(size.0, size.1)).is_err() {
                return;
            }
        }
        let input = match read() {
            // Told above.
            Ok(Event::Resize(..)) if window_size().is_some() => None,
            Ok(event) => meaning(event),
            Err(_) => Some(Input::Gone),
        };
        let last = input == Some(Input::Gone);
        if input.is_some_and(|i| to.blocking_send(i).is_err()) || last {
            return;
        }
    }
}

/// Columns and rows, as the kernel knows them; `None` where it does not.
#[must_use]
pub fn window_size() -> Option<(u16, u16)> {
    rustix::termios::tcgetwinsize(std::io::stdout()).ok().map(|size| (size.ws_col, size.ws_row))
}

/// Blocks until the terminal is closed. No events are asked for: a hangup is always told.
fn wait_for_hangup() {
    let stdin = std::io::stdin();
    loop {
        let mut fds = [PollFd::new(&stdin, PollFlags::empty())];
        match poll(&mut fds, None) {
            Ok(_) if fds[0].revents().intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) => return,
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

fn meaning(event: Event) -> Option<Input> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => key_of(key).map(Input::Key),
        Event::Paste(text) => Some(Input::Paste(text)),
        Event::Resize(width, height) => Some(Input::Resized(width, height)),
        _ => None,
    }
}

fn key_of(key: KeyEvent) -> Option<Key> {
    Some(match key.code {
        KeyCode::Char(c) if key.modifiers.contains(KeyModifiers::CONTROL) => match c.to_ascii_lowercase() {
            'h' => Key::Backspace,
            'i' => Key::Tab,
            'j' | 'm' => Key::Enter,
            c => Key::Ctrl(c),
        },
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Esc => Key::Esc,
        _ => return None,
    })
}
