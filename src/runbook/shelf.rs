//! The runbooks there are, by id; a file that cannot be read is named and hides no other.

use crate::runbook::model::Runbook;

/// The runbooks there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shelf {
    books: Vec<Runbook>,
    faults: Vec<String>,
}

impl Shelf {
    /// A shelf of these books (sorted by id) and of what could not be read: file, line, what, how to mend it.
    #[must_use]
    pub fn new(mut books: Vec<Runbook>, faults: Vec<String>) -> Self {
        books.sort_by(|a, b| a.id.cmp(&b.id));
        Self { books, faults }
    }

    /// Every runbook, by id.
    #[must_use]
    pub fn books(&self) -> &[Runbook] {
        &self.books
    }

    /// One runbook.
    #[must_use]
    pub fn book(&self, id: &str) -> Option<&Runbook> {
        self.books.iter().find(|b| b.id.as_str() == id)
    }

    /// What could not be read.
    #[must_use]
    pub fn faults(&self) -> &[String] {
        &self.faults
    }
}
