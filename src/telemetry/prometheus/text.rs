//! The exposition text, tokenized in one pass without copying. Accepts what the field writes (geth puts a blank between
//! name and brace), refuses what the format forbids. A page that ends as OpenMetrics does (`# EOF`) may hold what that format has
//! besides: times in seconds with fractions, exemplars, more types. Must not know any metric.

use std::fmt;

use super::families::{Families, Kind};

/// One sample; everything borrows from the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric<'a> {
    /// Its name.
    pub name: &'a str,
    /// What stands between the braces, checked, still escaped.
    pub labels: &'a str,
    /// Its value; `NaN` and infinities are values here.
    pub value: f64,
    /// Milliseconds since the Unix epoch, where told.
    pub timestamp_ms: Option<i64>,
}

impl<'a> Metric<'a> {
    /// A label's value as written (escapes not undone).
    #[must_use]
    pub fn label(&self, wanted: &str) -> Option<&'a str> {
        let mut rest = self.labels;
        loop {
            let (key, after) = rest.split_once('=')?;
            let value = after.trim_start().strip_prefix('"')?;
            let end = closing_quote(value.as_bytes())?;
            if key.trim_matches([' ', '\t', ',']) == wanted {
                return Some(&value[..end]);
            }
            rest = &value[end + 1..];
        }
    }
}

/// What is wrong with a page, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong.
    pub what: &'static str,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// The samples of a page, in order; the first error ends them.
#[derive(Debug)]
pub struct Metrics<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    families: Families<'a>,
    open: bool,
    over: bool,
}

/// Begins to read a page.
#[must_use]
pub fn metrics(text: &str) -> Metrics<'_> {
    let open = text.trim_ascii_end().ends_with("\n# EOF");
    Metrics { text, at: 0, line: 1, families: Families::default(), open, over: false }
}

impl<'a> Iterator for Metrics<'a> {
    type Item = Result<Metric<'a>, LineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let found = self.advance();
        match found {
            Ok(None) => {
                self.over = true;
                None
            }
            Ok(Some(metric)) => Some(Ok(metric)),
            Err(what) => {
                self.over = true;
                Some(Err(LineError { line: self.line, what }))
            }
        }
    }
}

/// What a byte may be: one look into a table for each byte is what the whole page costs.
mod class {
    /// Stands in a metric's name.
    pub const NAME: u8 = 1;
    /// Stands in a label's name.
    pub const LABEL: u8 = 2;
    /// Stands in a quoted value as it is.
    pub const QUOTED: u8 = 4;
    /// Stands in a value or timestamp.
    pub const WORD: u8 = 8;

    /// Every byte's classes.
    pub const OF: [u8; 256] = table();

    const fn table() -> [u8; 256] {
        let mut of = [0; 256];
        let mut i = 0;
        while i < 256 {
            #[expect(clippy::cast_possible_truncation, reason = "below 256")]
            let b = i as u8;
            if b.is_ascii_alphanumeric() || b == b'_' {
                of[i] |= NAME | LABEL;
            }
            if b == b':' {
                of[i] |= NAME;
            }
            if !matches!(b, b'"' | b'\\' | b'\n') {
                of[i] |= QUOTED;
            }
            if !matches!(b, b' ' | b'\t' | b'\n' | b'\r') {
                of[i] |= WORD;
            }
            i += 1;
        }
        of
    }
}

/// Where labels end that are written as nearly all are, `a="b",c="d"}`: neither blanks nor escapes, and no key that means
/// more than itself. Anything else takes the long way, which says what is wrong.
#[inline]
fn plain_labels(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let key = span(&bytes[at..], class::LABEL);
        let word = &bytes[at..at + key];
        if key == 0 || word[0].is_ascii_digit() || matches!(word, b"le" | b"quantile" | b"__name__") {
            return None;
        }
        at += key;
        if bytes.get(at..at + 2)? != b"=\"" {
            return None;
        }
        at += 2;
        at += span(&bytes[at..], class::QUOTED);
        match bytes.get(at..at + 2)? {
            b"\"," => at += 2,
            b"\"}" => return Some(at + 1),
            _ => return None,
        }
    }
}

/// How many bytes of this class begin the text.
#[inline]
fn span(bytes: &[u8], class: u8) -> usize {
    bytes.iter().position(|b| class::OF[usize::from(*b)] & class == 0).unwrap_or(bytes.len())
}

/// Where a quoted value ends, escapes regarded.
fn closing_quote(bytes: &[u8]) -> Option<usize> {
    let mut i = 0;
    while i < bytes.len() {
        match bytes[i] {
            b'"' => return Some(i),
            b'\\' => i += 2,
            _ => i += 1,
        }
    }
    None
}

impl<'a> Metrics<'a> {
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), b' ' | b'\t') {
            self.at += 1;
        }
    }

    /// Everything of this class from here on.
    #[inline]
    fn take(&mut self, class: u8) -> &'a str {
        let from = self.at;
        self.pass(class);
        &self.text[from..self.at]
    }

    #[inline]
    fn pass(&mut self, class: u8) {
        self.at += span(self.text.as_bytes().get(self.at..).unwrap_or_default(), class);
    }

    fn end_line(&mut self) -> Result<(), &'static str> {
        self.skip_blanks();
        if self.peek() == b'\r' {
            self.at += 1;
        }
        if self.at >= self.text.len() {
            return Err("the page ends in the middle of a line");
        }
        if self.peek() != b'\n' {
            return Err("something stands behind the value and timestamp");
        }
        self.at += 1;
        self.line += 1;
        Ok(())
    }

    fn advance(&mut self) -> Result<Option<Metric<'a>>, &'static str> {
        loop {
            self.skip_blanks();
            if self.at >= self.text.len() {
                return Ok(None);
            }
            match self.peek() {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                }
                b'\r' => self.at += 1,
                b'#' => self.comment()?,
                _ => return self.sample().map(Some),
            }
        }
    }

    fn comment(&mut self) -> Result<(), &'static str> {
        let rest = &self.text[self.at..];
        let end = rest.find('\n').unwrap_or(rest.len());
        let body = rest[1..end].trim_matches([' ', '\t', '\r']);
        self.families.comment(body, self.open)?;
        self.at += end;
        Ok(())
    }

    fn sample(&mut self) -> Result<Metric<'a>, &'static str> {
        if self.peek().is_ascii_digit() {
            return Err("a name begins with a digit");
        }
        let name = self.take(class::NAME);
        if name.is_empty() {
            return Err("a metric's name is missing or has a forbidden character");
        }
        self.families.sample(name);
        self.skip_blanks();
        let labels = if self.peek() == b'{' { self.labels(name)? } else { "" };
        self.skip_blanks();
        let value = self.value()?;
        self.skip_blanks();
        let timestamp_ms = match self.peek() {
            b'\n' | b'\r' | 0 => None,
            b'#' if self.open => None,
            _ => Some(self.timestamp()?),
        };
        self.skip_blanks();
        if self.open && self.peek() == b'#' {
            self.exemplar()?;
        }
        self.end_line()?;
        Ok(Metric { name, labels, value, timestamp_ms })
    }

    /// OpenMetrics: ` # {trace_id="…"} 0.67 1520879607.789` behind a sample. It is checked and not kept.
    fn exemplar(&mut self) -> Result<(), &'static str> {
        self.at += 1;
        self.skip_blanks();
        if self.peek() != b'{' {
            return Err("an exemplar has no labels");
        }
        self.labels("")?;
        self.skip_blanks();
        self.value()?;
        self.skip_blanks();
        if !matches!(self.peek(), b'\n' | b'\r' | 0) {
            self.timestamp()?;
        }
        Ok(())
    }

    fn labels(&mut self, name: &str) -> Result<&'a str, &'static str> {
        self.at += 1;
        let from = self.at;
        if let Some(end) = plain_labels(&self.text.as_bytes()[from..]) {
            self.at = from + end + 1;
            return Ok(&self.text[from..from + end]);
        }
        loop {
            self.skip_blanks();
            if self.peek() == b'}' {
                break;
            }
            if self.peek().is_ascii_digit() {
                return Err("a label's name begins with a digit");
            }
            let key = self.take(class::LABEL);
            if key.is_empty() {
                return Err("a label's name is missing or has a forbidden character");
            }
            if key == "__name__" {
                return Err("a label must not be called __name__");
            }
            self.skip_blanks();
            if self.peek() != b'=' {
                return Err("a label's name is not followed by =");
            }
            self.at += 1;
            self.skip_blanks();
            let value = self.quoted()?;
            self.bucket(name, key, value)?;
            self.skip_blanks();
            match self.peek() {
                b',' => self.at += 1,
                b'}' => {}
                _ => return Err("a label's value is not followed by , or }"),
            }
        }
        self.at += 1;
        Ok(&self.text[from..self.at - 1])
    }

    fn quoted(&mut self) -> Result<&'a str, &'static str> {
        if self.peek() != b'"' {
            return Err("a label's value is not quoted");
        }
        self.at += 1;
        let from = self.at;
        loop {
            self.pass(class::QUOTED);
            let bytes = self.text.as_bytes();
            match bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(&self.text[from..self.at - 1]);
                }
                Some(b'\\') if matches!(bytes.get(self.at + 1), Some(b'\\' | b'"' | b'n')) => self.at += 2,
                Some(b'\\') => return Err("an escape that the format does not know"),
                Some(_) => return Err("a label's value goes over the end of its line"),
                None => return Err("the page ends in the middle of a label"),
            }
        }
    }

    /// `le` and `quantile` must be numbers where the family says that they are bounds.
    fn bucket(&self, name: &str, key: &str, value: &str) -> Result<(), &'static str> {
        let bound = match key {
            "le" => self.families.kind_of(name) == Some(Kind::Histogram),
            "quantile" => self.families.kind_of(name) == Some(Kind::Summary),
            _ => false,
        };
        if bound && number(value).is_none() {
            return Err("a bucket's or quantile's bound is no number");
        }
        Ok(())
    }

    fn word(&mut self) -> &'a str {
        self.take(class::WORD)
    }

    fn value(&mut self) -> Result<f64, &'static str> {
        let word = self.word();
        number(word).ok_or("a value is missing or no number")
    }

    fn timestamp(&mut self) -> Result<i64, &'static str> {
        let word = self.word();
        if self.open {
            return seconds_ms(word).ok_or("a timestamp is no number of seconds");
        }
        word.parse().map_err(|_| "a timestamp is no whole number of milliseconds")
    }
}

/// Seconds since the epoch with a fraction, as milliseconds: OpenMetrics.
fn seconds_ms(word: &str) -> Option<i64> {
    /// Beyond this no moment is meant: the year 275760.
    const FARTHEST_S: f64 = 8.64e12;
    let seconds: f64 = word.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "bounded just before")]
    (seconds.abs() <= FARTHEST_S).then(|| (seconds * 1e3).round() as i64)
}

/// A number as the format writes it. Short whole numbers, by far the most, take the short way.
fn number(word: &str) -> Option<f64> {
    let bytes = word.as_bytes();
    if bytes.is_empty() {
        return None;
    }
    if bytes.len() <= 15 && bytes.iter().all(u8::is_ascii_digit) {
        let whole = bytes.iter().fold(0_u64, |n, b| n * 10 + u64::from(b - b'0'));
        return Some(crate::telemetry::json::float(whole));
    }
    word.parse().ok()
}
