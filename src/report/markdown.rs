//! Markdown that outside text cannot steer: everything is sanitised and escaped on its way in.
//! Must not know what is written.

use std::fmt::Write as _;

use crate::domain::id::EntryRef;
use crate::domain::text::Shown;

/// A document being written.
#[derive(Clone, Debug, Default)]
pub struct Page {
    text: String,
}

impl Page {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The whole document.
    #[must_use]
    pub fn finish(self) -> String {
        self.text
    }

    /// A heading; `text` comes from outside.
    pub fn heading(&mut self, level: usize, text: &str) {
        let marks = "#".repeat(level.clamp(1, 6));
        self.gap();
        let _ = writeln!(self.text, "{marks} {}", inline(text));
        self.gap();
    }

    /// A paragraph that is Markdown already: ours, or made with `inline` and `cite`.
    pub fn paragraph(&mut self, markdown: &str) {
        self.gap();
        let _ = writeln!(self.text, "{markdown}");
        self.gap();
    }

    /// A list item that is Markdown already.
    pub fn item(&mut self, markdown: &str) {
        let _ = writeln!(self.text, "- {markdown}");
    }

    /// A list item under the one before.
    pub fn sub_item(&mut self, markdown: &str) {
        let _ = writeln!(self.text, "  - {markdown}");
    }

    /// What nobody has written yet; a clear open question.
    pub fn prompt(&mut self, question: &str) {
        let _ = writeln!(self.text, "- _to be written: {question}_");
    }

    /// The head of a table.
    pub fn table(&mut self, columns: &[&str]) {
        self.gap();
        self.row(&columns.iter().map(|c| (*c).to_owned()).collect::<Vec<_>>());
        let _ = writeln!(self.text, "|{}", " --- |".repeat(columns.len()));
    }

    /// A row of Markdown cells.
    pub fn row(&mut self, cells: &[String]) {
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }

    /// Text exactly as it was, line by line, in a fence that it cannot close.
    pub fn fenced(&mut self, indent: &str, text: &str) {
        let lines = Shown::lines(text);
        let longest = lines.iter().map(|l| longest_run(l.as_str())).max().unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        let _ = writeln!(self.text, "{indent}{fence}text");
        for line in &lines {
            let _ = writeln!(self.text, "{indent}{line}");
        }
        let _ = writeln!(self.text, "{indent}{fence}");
    }

    /// An empty line, once.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }
}

/// Outside text within a line: no control or bidirectional characters, no markup, no HTML, no table or list of its own.
#[must_use]
pub fn inline(text: &str) -> String {
    let shown = Shown::line(text);
    let mut out = String::with_capacity(shown.as_str().len() + 8);
    let marker = list_marker(shown.as_str());
    let (before, rest) = (|i: usize| text_before(shown.as_str(), i), |i: usize| text_from(shown.as_str(), i));
    for (i, c) in shown.as_str().chars().enumerate() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '!' | '{' | '}' | '$' | '^' => {
                out.push('\\');
                out.push(c);
            }
            // A forge makes links of bare addresses; words from outside must not lead anybody anywhere.
            ':' if rest(i + 1).starts_with("//") => out.push_str("\\:"),
            '.' if before(i).to_ascii_lowercase().ends_with("www") => out.push_str("\\."),
            _ if marker == Some(i) => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// The characters before the one at `at`.
fn text_before(text: &str, at: usize) -> &str {
    text.char_indices().nth(at).map_or(text, |(i, _)| text.get(..i).unwrap_or_default())
}

/// The characters from the one at `at` on.
fn text_from(text: &str, at: usize) -> &str {
    text.char_indices().nth(at).map_or("", |(i, _)| text.get(i..).unwrap_or_default())
}

/// Where a line would begin a list or a rule of its own: `- x`, `12. x`, `---`, `===`.
fn list_marker(text: &str) -> Option<usize> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mut rest = text.chars().skip(digits);
    let marks = if digits == 0 { "-+=" } else { ".)" };
    let mark = rest.next().filter(|c| marks.contains(*c))?;
    let ends = rest.next().is_none_or(|c| c.is_whitespace() || c == mark);
    ends.then_some(digits)
}

/// Outside text as a code span, whatever backticks it holds.
#[must_use]
pub fn code(text: &str) -> String {
    let shown = Shown::line(text);
    let fence = "`".repeat(longest_run(shown.as_str()) + 1);
    let pad = if fence.len() > 1 || shown.as_str().starts_with('`') { " " } else { "" };
    // A bar ends a table's cell even within a code span.
    format!("{fence}{pad}{}{pad}{fence}", shown.as_str().replace('|', "\\|"))
}

/// The entry that a statement rests on.
#[must_use]
pub fn cite(entry: &EntryRef) -> String {
    code(&entry.to_string())
}

fn longest_run(text: &str) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
