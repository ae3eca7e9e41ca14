//! The only place that prints. Results go to stdout, talk goes to stderr; a reader that has gone away (`| head`) is no error.
//! Everything but what clap and we ourselves wrote is cleaned, so that no outside text can drive the terminal.

use std::io::BufWriter;
use std::io::Write;

use serde::Serialize;

use crate::cli::outcome::CliError;
use crate::domain::text::Shown;
use crate::domain::text::is_forbidden;

/// A line of talk from where no printer is at hand: while a key is waited for.
pub fn aside(text: &str) {
    // A stderr that cannot be written leaves nowhere to say so.
    drop(writeln!(std::io::stderr(), "{}", Shown::block(text)));
}

/// stdout and stderr, with the manners above.
pub struct Printer {
    out: BufWriter<std::io::Stdout>,
    /// The reader went away: nothing more is written, and nothing is said about it.
    gone: bool,
    /// stdout failed for another reason (disk full): told at the end, as exit 4.
    broken: Option<std::io::Error>,
}

impl Printer {
    /// A new one; one for each process.
    #[must_use]
    pub fn new() -> Self {
        Self { out: BufWriter::new(std::io::stdout()), gone: false, broken: None }
    }

    /// A line of result.
    pub fn line(&mut self, text: &str) {
        self.put(&Shown::block(text));
        self.put("\n");
    }

    /// A text from outside, a runbook's: its lines as they are, but for what would drive the terminal.
    pub fn text(&mut self, text: &str) {
        self.put(&Shown::block(text));
        if text.ends_with('\n') {
            self.put("\n");
        }
    }

    /// Bytes of result as they are: a completion script, help, a draft; ours, or cleaned before.
    pub fn raw(&mut self, text: &str) {
        self.put(text);
    }

    /// A value as one line of JSON (control characters are escaped by JSON itself and by us).
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn json<T: Serialize>(&mut self, value: &T) -> Result<(), CliError> {
        let text = serde_json::to_string(value).map_err(CliError::failed)?;
        self.put(&escape_json(&text));
        self.put("\n");
        Ok(())
    }

    /// Sends out what is held back: before waiting for more, as `--follow` does.
    pub fn flush(&mut self) {
        let done = self.out.flush();
        self.note(done);
    }

    /// Whether anybody still reads.
    #[must_use]
    pub const fn is_read(&self) -> bool {
        !self.gone
    }

    /// A line of talk, to stderr.
    #[expect(clippy::unused_self, reason = "talk is the printer's business; a verb has no other way to speak")]
    pub fn talk(&mut self, text: &str) {
        aside(text);
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// When stdout could not be written and its reader had not simply gone away.
    pub fn finish(mut self) -> Result<(), CliError> {
        self.flush();
        match self.broken {
            Some(why) => Err(CliError::Failed(format!("cannot write to stdout: {why}"))),
            None => Ok(()),
        }
    }

    fn put(&mut self, text: &str) {
        if self.gone || self.broken.is_some() {
            return;
        }
        let done = self.out.write_all(text.as_bytes());
        self.note(done);
    }

    fn note(&mut self, done: std::io::Result<()>) {
        match done {
            Ok(()) => {}
            Err(why) if why.kind() == std::io::ErrorKind::BrokenPipe => self.gone = true,
            Err(why) => self.broken = self.broken.take().or(Some(why)),
        }
    }
}

/// JSON leaves C1 and bidirectional characters as they are; inside its strings `\uXXXX` means the same and is safe.
fn escape_json(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if is_forbidden(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            safe.push(c);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_drives_a_terminal_gets_through() {
        assert_eq!(Shown::block("a\u{1b}[2Jb\u{202e}c\u{9b}d"), "a\\u{1b}[2Jb\\u{202e}c\\u{9b}d");
        assert_eq!(Shown::block("two\nlines\t."), "two\nlines    .");
    }

    #[test]
    fn json_stays_the_same_value() {
        let text = serde_json::to_string("\u{9b}\u{202e}x\u{1b}").unwrap();
        let safe = escape_json(&text);
        assert!(safe.is_ascii(), "{safe}");
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), "\u{9b}\u{202e}x\u{1b}");
    }
}
