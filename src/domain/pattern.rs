//! Patterns of lines in logs. Which lines count: they match a pattern, and none that is to be ignored. Linear in the length of a line, whatever the pattern.

use regex_lite::{Regex, RegexBuilder};

/// Longest pattern, bytes; a longer one is refused.
pub const MAX_PATTERN: usize = 512;

/// A pattern may not take more memory than this when it is prepared (`x{1000}{1000}` would): it is refused then.
const SIZE_LIMIT: usize = 256 * 1024;

/// Patterns, prepared.
#[derive(Debug, Default)]
pub struct Matcher {
    wanted: Vec<Regex>,
    ignored: Vec<Regex>,
}

impl Matcher {
    /// Prepares them.
    ///
    /// # Errors
    /// Which pattern cannot be used, and why.
    pub fn new(wanted: &[String], ignored: &[String]) -> Result<Self, String> {
        let all = |texts: &[String]| texts.iter().map(|t| prepare(t)).collect::<Result<Vec<Regex>, String>>();
        Ok(Self { wanted: all(wanted)?, ignored: all(ignored)? })
    }

    /// Whether the line counts.
    #[must_use]
    pub fn matches(&self, line: &str) -> bool {
        self.wanted.iter().any(|r| r.is_match(line)) && !self.ignored.iter().any(|r| r.is_match(line))
    }
}

/// Whether a pattern can be used.
///
/// # Errors
/// Why it cannot, in a sentence.
pub fn check_pattern(text: &str) -> Result<(), String> {
    prepare(text).map(drop)
}

fn prepare(text: &str) -> Result<Regex, String> {
    if text.is_empty() || text.len() > MAX_PATTERN {
        return Err(format!("a pattern has 1 to {MAX_PATTERN} bytes"));
    }
    RegexBuilder::new(text)
        .size_limit(SIZE_LIMIT)
        .build()
        .map_err(|why| format!("the pattern `{text}` cannot be used: {why}"))
}
