//! The runbooks there are, by id; a file that cannot be read is named and hides no other.

use std::collections::BTreeMap;
use std::io;
use std::io::Read;
use std::path::Path;

use crate::domain::id::RunbookId;
use crate::runbook::finding::Broken;
use crate::runbook::git::Checkout;
use crate::runbook::model::Origin;
use crate::runbook::model::Runbook;
use crate::runbook::parse::MAX_FILE_BYTES;
use crate::runbook::parse::parse;

/// More files than this in the folder are not read; the rest is named as a fault.
const MAX_FILES: usize = 500;

/// What is built into the program.
const SHIPPED: [(&str, &str); 3] = [
    ("execution-stuck.md", include_str!("../../runbooks/execution-stuck.md")),
    ("finality-loss.md", include_str!("../../runbooks/finality-loss.md")),
    ("single-node-fault.md", include_str!("../../runbooks/single-node-fault.md")),
];

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

    /// What is built in.
    #[must_use]
    pub fn shipped() -> Self {
        let (books, faults) = read_shipped();
        Self::new(books.into_values().collect(), faults)
    }

    /// What is built in, and over it the Markdown files of a folder (one that is not there holds none).
    #[must_use]
    pub fn load(folder: &Path) -> Self {
        let (mut books, mut faults) = read_shipped();
        let files = match markdown_files(folder) {
            Ok(files) => files,
            Err(why) => {
                faults.push(format!("{}: cannot be listed: {why}", folder.display()));
                Vec::new()
            }
        };
        let checkout = if files.is_empty() { None } else { Checkout::of(folder) }.unwrap_or_default();
        let mut from: BTreeMap<RunbookId, String> = BTreeMap::new();
        for (i, file) in files.iter().enumerate() {
            let name = file.display().to_string();
            if i >= MAX_FILES {
                faults.push(format!("{name}: not read: the folder holds more than {MAX_FILES} runbooks"));
                break;
            }
            match read_file(file) {
                Ok(mut book) => {
                    let plain = file.file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
                    checkout.commit(&plain).clone_into(&mut book.commit);
                    if let Some(first) = from.get(&book.id) {
                        let id = &book.id;
                        faults
                            .push(format!("{name}:3: error: {first} has the id `{id}` too; give one of them another"));
                        continue;
                    }
                    from.insert(book.id.clone(), name);
                    books.insert(book.id.clone(), book);
                }
                Err(fault) => faults.push(fault),
            }
        }
        Self::new(books.into_values().collect(), faults)
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

fn read_shipped() -> (BTreeMap<RunbookId, Runbook>, Vec<String>) {
    let (mut books, mut faults) = (BTreeMap::new(), Vec::new());
    for (name, text) in SHIPPED {
        match parse(text.as_bytes(), name, Origin::BuiltIn) {
            Ok(book) => {
                books.insert(book.id.clone(), book);
            }
            Err(broken) => faults.push(broken.to_string()),
        }
    }
    (books, faults)
}

/// Reads one file, at most as much of it as a runbook may have.
///
/// # Errors
/// Why not, with the file's name; faults of its text each with a line.
pub fn read_file(file: &Path) -> Result<Runbook, String> {
    let name = file.display().to_string();
    let limit = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|f| f.take(limit).read_to_end(&mut bytes))
        .map_err(|why| format!("{name}: cannot be read: {why}"))?;
    parse(&bytes, &name, Origin::File(name.clone())).map_err(|broken: Broken| broken.to_string())
}

/// The text of a shipped runbook, as it stands in the repository.
#[must_use]
pub fn shipped_text(id: &str) -> Option<&'static str> {
    let file = format!("{id}.md");
    SHIPPED.iter().find(|(name, _)| *name == file).map(|(_, text)| *text)
}

/// Names that end in `.md` and are not hidden, in order.
fn markdown_files(folder: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(why),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|e| e == "md") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
