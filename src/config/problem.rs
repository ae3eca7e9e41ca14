//! What is wrong with a file that people wrote: file, line, column, what, and how to mend it.
//! All of a file's problems are collected, so that nobody mends one to be told the next.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;

/// One fault of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// From 1; 0 when it is about the file as a whole.
    pub line: usize,
    /// In characters, from 1; 0 when it is about the file as a whole.
    pub column: usize,
    /// What is wrong and how to mend it.
    pub says: String,
}

impl Problem {
    /// About a file as a whole: it cannot be read, it is too long.
    #[must_use]
    pub fn whole(file: &Path, says: impl Into<String>) -> Self {
        Self { file: file.to_path_buf(), line: 0, column: 0, says: says.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        if self.line == 0 {
            return write!(f, "{file}: {}", self.says);
        }
        write!(f, "{file}:{}:{}: {}", self.line, self.column, self.says)
    }
}

impl std::error::Error for Problem {}

/// Collects the problems of one text; every room that reads files which people wrote uses it.
pub struct Report<'a> {
    file: &'a Path,
    text: &'a str,
    found: Vec<Problem>,
}

impl<'a> Report<'a> {
    /// Nothing wrong yet.
    #[must_use]
    pub const fn new(file: &'a Path, text: &'a str) -> Self {
        Self { file, text, found: Vec::new() }
    }

    /// Notes a fault at a byte of the text.
    pub fn add(&mut self, at: usize, says: impl Into<String>) {
        let (line, column) = self.place(at);
        self.found.push(Problem { file: self.file.to_path_buf(), line, column, says: says.into() });
    }

    /// Line and column of a byte, both from 1.
    #[must_use]
    pub fn place(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let start = before.rfind('\n').map_or(0, |n| n + 1);
        (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
    }

    /// The folder the file is in: relative names in it start there.
    pub(super) fn folder(&self) -> &Path {
        self.file.parent().unwrap_or(Path::new("."))
    }

    /// The model, or every problem in the order of lines.
    ///
    /// # Errors
    /// The problems, where there are any.
    pub fn done<T>(self, model: T) -> Result<T, Vec<Problem>> {
        if self.found.is_empty() {
            return Ok(model);
        }
        Err(self.found())
    }

    /// Every problem so far, in the order of lines.
    #[must_use]
    pub fn found(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|p| (p.line, p.column));
        self.found
    }
}
