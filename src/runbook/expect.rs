//! What a step must bring forth, and the comparison with what it brought: two lines that stand side by side.
//! Must not become a language: exit code, contains, equals, regex, one number, or nothing to compare.

use std::cmp::Ordering;
use std::fmt;

use regex_lite::{Regex, RegexBuilder};

/// A pattern longer than this is refused: nobody reviews it at night.
pub const MAX_EXPECT_BYTES: usize = 512;
/// A compiled pattern larger than this is refused, so that no runbook can eat the memory.
pub const MAX_REGEX_BYTES: usize = 1 << 20;
/// Output quoted in the `actual` line is cut here, with `…`.
pub const MAX_ACTUAL_CHARS: usize = 160;
/// The pattern is searched in at most this much of the output's beginning, so that judging stays quick.
pub const MAX_JUDGED_BYTES: usize = 256 << 10;

/// How two numbers must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `!=`
    Other,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

impl Relation {
    const ALL: [(Self, &'static str); 6] = [
        (Self::AtMost, "<="),
        (Self::AtLeast, ">="),
        (Self::Other, "!="),
        (Self::Less, "<"),
        (Self::More, ">"),
        (Self::Equal, "="),
    ];

    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::AtMost => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::Other => ordering.is_ne(),
            Self::AtLeast => ordering.is_ge(),
            Self::More => ordering.is_gt(),
        }
    }
}

/// What must come out of a step.
#[derive(Clone, Debug)]
pub enum Expect {
    /// This exit code.
    Exit(i32),
    /// Exit code 0, and the output has these words in it.
    Contains(String),
    /// Exit code 0, and the output without surrounding white space is exactly this.
    Equals(String),
    /// Exit code 0, and the output matches.
    Regex(Regex),
    /// Exit code 0, and the output without surrounding white space is a number that stands so.
    Number(Relation, f64),
    /// Exit code 0, and nothing to compare: the output is kept, whatever it is.
    Record,
}

impl PartialEq for Expect {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl fmt::Display for Expect {
    /// As runbooks write it; [`Expect::parse`] reads it back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(code) => write!(f, "exit {code}"),
            Self::Contains(text) => write!(f, "contains {text}"),
            Self::Equals(text) => write!(f, "equals {text}"),
            Self::Regex(pattern) => write!(f, "regex {pattern}"),
            Self::Number(relation, limit) => {
                let sign = Relation::ALL.iter().find(|(r, _)| r == relation).map_or("=", |(_, s)| s);
                write!(f, "number {sign} {limit}")
            }
            Self::Record => f.write_str("record"),
        }
    }
}

/// Expected against actual, a line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether they agree.
    pub passed: bool,
    /// What was expected, in words.
    pub expected: String,
    /// What came, in a line.
    pub actual: String,
}

impl Expect {
    /// Reads the attribute's value: `exit 0`, `contains X`, `equals X`, `regex X`, `number < 5`, `record`.
    ///
    /// # Errors
    /// What is wrong with it and how to mend it, in a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.len() > MAX_EXPECT_BYTES {
            return Err(format!("it is longer than {MAX_EXPECT_BYTES} bytes; compare a shorter, telling part"));
        }
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        match (word, rest) {
            ("record", "") => Ok(Self::Record),
            ("record", _) => Err("`record` compares nothing and takes nothing after it".to_owned()),
            ("exit", code) => match code.parse::<i32>() {
                Ok(code @ 0..=255) => Ok(Self::Exit(code)),
                _ => Err("`exit` takes a code from 0 to 255, as in `exit 0`".to_owned()),
            },
            ("contains" | "equals" | "regex", "") => Err(format!("`{word}` takes the text to compare with")),
            ("contains", words) => Ok(Self::Contains(words.to_owned())),
            ("equals", words) => Ok(Self::Equals(words.to_owned())),
            ("regex", pattern) => compile(pattern).map(Self::Regex),
            ("number", rule) => parse_number_rule(rule),
            _ => Err(format!(
                "`{word}` is none of exit, contains, equals, regex, number, record; write for example `exit 0`"
            )),
        }
    }

    /// Compares what came with what was expected. `stdout` is what the command wrote there (not its stderr);
    /// `exit` is `None` when a signal ended it.
    #[must_use]
    pub fn judge(&self, exit: Option<i32>, stdout: &str) -> Verdict {
        let expected = self.in_words();
        let text = stdout.trim();
        if let Self::Exit(code) = self {
            return Verdict { passed: exit == Some(*code), expected, actual: with_output(exit, text) };
        }
        // Output of a command that failed is not believed, whatever it says.
        if exit != Some(0) {
            return Verdict { passed: false, expected, actual: with_output(exit, text) };
        }
        let passed = match self {
            Self::Contains(words) => text.contains(words.as_str()),
            Self::Equals(words) => text == words,
            Self::Regex(pattern) => pattern.is_match(head(text, MAX_JUDGED_BYTES)),
            Self::Number(relation, limit) => {
                number(text).and_then(|n| n.partial_cmp(limit)).is_some_and(|o| relation.holds(o))
            }
            Self::Exit(_) | Self::Record => true,
        };
        Verdict { passed, expected, actual: one_line(text) }
    }

    /// In words, for the `expected` line.
    #[must_use]
    pub fn in_words(&self) -> String {
        match self {
            Self::Exit(code) => format!("exit {code}"),
            Self::Contains(words) => format!("contains \"{words}\""),
            Self::Equals(words) => format!("exactly \"{words}\""),
            Self::Regex(pattern) => format!("matches {pattern}"),
            Self::Number(..) => format!("a {self}"),
            Self::Record => "recorded".to_owned(),
        }
    }
}

/// Compiles a pattern with our limits; linear in the text by construction.
///
/// # Errors
/// What is wrong with it.
pub(super) fn compile(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(MAX_REGEX_BYTES)
        .multi_line(true)
        .build()
        .map_err(|e| format!("`{pattern}` is not a regular expression: {e}"))
}

fn parse_number_rule(rule: &str) -> Result<Expect, String> {
    let found = Relation::ALL.iter().find_map(|(r, sign)| rule.strip_prefix(sign).map(|rest| (*r, rest.trim())));
    let mend = "write a sign and a number, as in `number < 5` (signs: < <= = != >= >)";
    let (relation, limit) = found.ok_or_else(|| mend.to_owned())?;
    let limit = number(limit).ok_or_else(|| format!("`{limit}` is not a number; {mend}"))?;
    Ok(Expect::Number(relation, limit))
}

/// A finite decimal number and nothing else.
fn number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse::<f64>().ok().filter(|n| plain && n.is_finite())
}

fn with_output(exit: Option<i32>, text: &str) -> String {
    let how = exit.map_or_else(|| "ended by a signal".to_owned(), |code| format!("exit {code}"));
    if text.is_empty() { how } else { format!("{how}: {}", one_line(text)) }
}

/// The first line that says something, cut to [`MAX_ACTUAL_CHARS`]; tells how many lines follow.
#[must_use]
pub fn one_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
    let Some(first) = lines.next() else { return "nothing".to_owned() };
    let mut line: String = first.chars().take(MAX_ACTUAL_CHARS).collect();
    if first.chars().nth(MAX_ACTUAL_CHARS).is_some() {
        line.push('…');
    }
    match lines.count() {
        0 => line,
        1 => format!("{line} (and 1 more line)"),
        more => format!("{line} (and {more} more lines)"),
    }
}

fn head(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
