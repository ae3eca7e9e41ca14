//! [`Shown`]: a line of text that can be drawn anywhere without steering the terminal.
//! Nothing is dropped silently: what may not be drawn appears as `\u{202e}`, so that two names never look alike by omission.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

use super::columns;
use super::forbidden::{is_emoji_base, is_forbidden, is_picture_selector};

/// Columns a line may have; far more than any screen, little enough that one hostile line costs nothing. Cut with `…`.
pub const LINE_COLUMNS: usize = 2_000;

/// Combining marks kept on one base; real scripts need three at most. More are shown as escapes.
pub const MARKS_PER_BASE: usize = 4;

/// What a tab becomes: that many spaces. True tab stops would depend on where the line is drawn.
pub const TAB_COLUMNS: usize = 4;

/// What a line break becomes where there is only one line.
const BREAK: &str = " ↵ ";

/// A sanitised line: no controls, no bidirectional or invisible characters, no private use, bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shown(String);

impl Shown {
    /// From any text. Line breaks become ` ↵ `, tabs spaces; cut at [`LINE_COLUMNS`].
    #[must_use]
    pub fn line(text: &str) -> Self {
        if text.len() <= LINE_COLUMNS && text.bytes().all(|b| (0x20..0x7F).contains(&b)) {
            return Self(text.to_owned());
        }
        let clean = sanitise(text.trim_end_matches(['\r', '\n']), true);
        Self(columns::truncate(&clean, LINE_COLUMNS).into_owned())
    }

    /// From a text of several lines: one for each, none cut. For drafts and outputs, whose size their reader bounds.
    #[must_use]
    pub fn lines(text: &str) -> Vec<Self> {
        text.lines().map(|l| Self(sanitise(l.strip_suffix('\r').unwrap_or(l), false))).collect()
    }

    /// A text of several lines as one, its line breaks kept: what goes out as lines.
    #[must_use]
    pub fn block(text: &str) -> String {
        let lines: Vec<Self> = Self::lines(text);
        lines.iter().map(Self::as_str).collect::<Vec<_>>().join("\n")
    }

    /// Whether a text is as it may be shown: what [`Shown`] makes is, and nothing in it steers, hides or turns text around.
    #[must_use]
    pub fn is_clean(text: &str) -> bool {
        text.split('\n').all(|line| sanitise(line, false) == line)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Nothing to see.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Columns it takes.
    #[must_use]
    pub fn width(&self) -> usize {
        columns::width(&self.0)
    }

    /// At most so many columns, the last one `…` when something was cut.
    #[must_use]
    pub fn cut(&self, columns: usize) -> Self {
        Self(columns::truncate(&self.0, columns).into_owned())
    }
}

/// Replaces what may not be drawn. `one_line`: line breaks are told instead of escaped.
fn sanitise(text: &str, one_line: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for grapheme in text.graphemes(true) {
        match grapheme {
            "\t" => out.extend(std::iter::repeat_n(' ', TAB_COLUMNS)),
            "\n" | "\r\n" if one_line => out.push_str(BREAK),
            _ => cluster(grapheme, &mut out),
        }
    }
    out
}

/// One grapheme: base and marks. A mark without a base would sit on our own text, so it is escaped too.
fn cluster(grapheme: &str, out: &mut String) {
    let mut marks = 0;
    let mut based = false;
    let mut before = '\0';
    for c in grapheme.chars() {
        let last = std::mem::replace(&mut before, c);
        if is_picture_selector(c) && is_emoji_base(last) {
            out.push(c);
        } else if is_forbidden(c) {
            escape(c, out);
            (based, marks) = (true, 0);
        } else if c.width() == Some(0) {
            marks += 1;
            if based && marks <= MARKS_PER_BASE { out.push(c) } else { escape(c, out) }
        } else {
            out.push(c);
            (based, marks) = (true, 0);
        }
    }
}

fn escape(c: char, out: &mut String) {
    out.extend(c.escape_unicode());
}

impl From<&str> for Shown {
    fn from(text: &str) -> Self {
        Self::line(text)
    }
}

impl From<String> for Shown {
    fn from(text: String) -> Self {
        Self::line(&text)
    }
}

impl From<Cow<'_, str>> for Shown {
    fn from(text: Cow<'_, str>) -> Self {
        Self::line(&text)
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}
