//! The runbooks there are, by id; a file that cannot be read is named and hides no other.

use std::collections::BTreeMap;
use std::io;
use std::io::Read;
use std::path::Path;

use crate::domain::id::RunbookId;
use crate::runbook::case::MAX_CASE_BYTES;
use crate::runbook::finding::Broken;
use crate::runbook::git::Checkout;
use crate::runbook::model::Origin;
use crate::runbook::model::Runbook;
use crate::runbook::parse::MAX_FILE_BYTES;
use crate::runbook::parse::parse;

/// More files than this in the folder are not read; the rest is named as a fault.
const MAX_FILES: usize = 500;

/// A shipped runbook with its test: file name, text, test.
type Shipped = (&'static str, &'static str, &'static str);

macro_rules! book {
    ($id:literal) => {
        (
            concat!($id, ".md"),
            include_str!(concat!("../../runbooks/", $id, ".md")),
            include_str!(concat!("../../runbooks/", $id, ".test/good.toml")),
        )
    };
}

/// What is built into the program.
const SHIPPED: &[Shipped] = &[
    book!("bad-upgrade"),
    book!("chain-halt"),
    book!("contract-exploit"),
    book!("execution-stuck"),
    book!("finality-loss"),
    book!("key-compromise"),
    book!("mempool-flood"),
    book!("single-node-fault"),
    book!("solana-restart"),
    book!("substrate-stall"),
    book!("validator-migration"),
    book!("wrong-fork"),
];

/// The runbooks there are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shelf {
    books: Vec<Runbook>,
    faults: Vec<String>,
    /// What stands of a git repository, in one line.
    mirror: Option<String>,
}

impl Shelf {
    /// A shelf of these books (sorted by id) and of what could not be read: file, line, what, how to mend it.
    #[must_use]
    pub fn new(mut books: Vec<Runbook>, faults: Vec<String>) -> Self {
        books.sort_by(|a, b| a.id.cmp(&b.id));
        Self { books, faults, mirror: None }
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
        Self::load_over((Vec::new(), Vec::new()), None, folder)
    }

    /// What is built in, over it the books of a mirror (with the faults of those that could not be read, and a line on how it
    /// stands), and over both the files of a folder.
    #[must_use]
    pub fn load_over(mirrored: (Vec<Runbook>, Vec<String>), mirror: Option<String>, folder: &Path) -> Self {
        let (mut books, mut faults) = read_shipped();
        faults.extend(mirrored.1);
        for layer in [mirrored.0, read_folder(folder, &mut faults)] {
            let mut from: BTreeMap<RunbookId, String> = BTreeMap::new();
            for book in layer {
                let (id, name) = (book.id.clone(), book.origin.as_str().to_owned());
                if let Some(first) = from.get(&id) {
                    faults.push(format!("{name}:3: error: {first} has the id `{id}` too; give one of them another"));
                    continue;
                }
                from.insert(id.clone(), name);
                books.insert(id, book);
            }
        }
        Self { mirror, ..Self::new(books.into_values().collect(), faults) }
    }

    /// Whether a revision is at hand that somebody here answers for.
    #[must_use]
    pub fn vouches(&self, sha256: &str) -> bool {
        self.books.iter().any(|b| b.sha256 == sha256 && b.origin.is_vouched())
    }

    /// How the mirror of a git repository stands, where there is one.
    #[must_use]
    pub fn mirror(&self) -> Option<&str> {
        self.mirror.as_deref()
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

/// The books of a folder, each with the commit that it stands at.
fn read_folder(folder: &Path, faults: &mut Vec<String>) -> Vec<Runbook> {
    let mut files = files_of(folder, "md").unwrap_or_else(|why| {
        faults.push(format!("{}: cannot be listed: {why}", folder.display()));
        Vec::new()
    });
    if let Some(more) = files.get(MAX_FILES) {
        faults.push(format!("{}: not read: the folder holds more than {MAX_FILES} runbooks", more.display()));
        files.truncate(MAX_FILES);
    }
    let plain = |file: &Path| file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let names: Vec<String> = files.iter().map(|f| plain(f)).collect();
    let checkout = if files.is_empty() { None } else { Checkout::of(folder, &names) }.unwrap_or_default();
    let mut books = Vec::new();
    for file in &files {
        match read_file(file) {
            Ok(book) => books.push(Runbook { commit: checkout.commit(&plain(file)), ..book }),
            Err(fault) => faults.push(fault),
        }
    }
    books
}

fn read_shipped() -> (BTreeMap<RunbookId, Runbook>, Vec<String>) {
    let (mut books, mut faults) = (BTreeMap::new(), Vec::new());
    for (name, text, _) in SHIPPED {
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
    read_as(file, Origin::File(file.display().to_string()))
}

/// The same, as a text that came from there.
///
/// # Errors
/// Why not, with the file's name; faults of its text each with a line.
pub(super) fn read_as(file: &Path, origin: Origin) -> Result<Runbook, String> {
    let name = file.display().to_string();
    let limit = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    std::fs::File::open(file)
        .and_then(|f| f.take(limit).read_to_end(&mut bytes))
        .map_err(|why| format!("{name}: cannot be read: {why}"))?;
    parse(&bytes, &name, origin).map_err(|broken: Broken| broken.to_string())
}

/// The text of a shipped runbook, as it stands in the repository.
#[must_use]
pub fn shipped_text(id: &str) -> Option<&'static str> {
    let file = format!("{id}.md");
    SHIPPED.iter().find(|(name, _, _)| *name == file).map(|(_, text, _)| *text)
}

/// The tests of a runbook, by name: of a file those in the folder `<its name>.test` beside it, of a shipped one its own.
///
/// # Errors
/// A test that cannot be read, with its name.
pub fn tests_of(book: &Runbook) -> Result<Vec<(String, String)>, String> {
    let Some(path) = book.origin.file() else {
        let file = format!("{}.md", book.id);
        let own = SHIPPED.iter().find(|(name, _, _)| *name == file);
        return Ok(own.map(|(_, _, test)| ("good.toml".to_owned(), (*test).to_owned())).into_iter().collect());
    };
    let folder = Path::new(path).with_extension("test");
    let mut tests = Vec::new();
    for file in files_of(&folder, "toml").map_err(|why| format!("{}: cannot be listed: {why}", folder.display()))? {
        let limit = u64::try_from(MAX_CASE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let mut text = String::new();
        std::fs::File::open(&file)
            .and_then(|f| f.take(limit).read_to_string(&mut text))
            .map_err(|why| format!("{}: cannot be read: {why}", file.display()))?;
        tests.push((file.display().to_string(), text));
    }
    Ok(tests)
}

/// Files of that kind that are not hidden, in order.
fn files_of(folder: &Path, kind: &str) -> io::Result<Vec<std::path::PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(why) => return Err(why),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let hidden = path.file_name().is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
        if !hidden && path.extension().is_some_and(|e| e == kind) && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
