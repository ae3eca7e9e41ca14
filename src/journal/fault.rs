//! What is wrong with a log, told so that a person can act: file, line, what, how to mend it.
//! Must not decide what is wrong.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::journal::seal::BAD_SEAL;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which file.
    pub file: PathBuf,
    /// Which line, from 1; 0 stands for the whole file.
    pub line: u64,
    /// What is wrong.
    pub what: String,
    /// What a person can do.
    pub mend: String,
}

impl Fault {
    /// Whether it is about one line's signature: that stays wrong whatever else is mended, until the line is another one.
    #[must_use]
    pub fn is_of_signature(&self) -> bool {
        self.what == BAD_SEAL
    }

    /// The file without its folder.
    #[must_use]
    pub fn file_name(&self) -> String {
        name_of(&self.file)
    }

    /// Where it is: the file, and the line where it is about one.
    #[must_use]
    pub fn place(&self) -> String {
        let file = self.file.display();
        if self.line > 0 { format!("{file}:{}", self.line) } else { file.to_string() }
    }

    /// For a line of a screen: what comes first is what it is about, and no folder stands before it.
    #[must_use]
    pub fn alarm(&self) -> String {
        let name = self.file_name();
        let line = if self.line > 0 { format!(" line {}", self.line) } else { String::new() };
        format!("DAMAGED LOG {name}{line}: {} · warroom verify · {}", self.what, self.mend)
    }
}

/// What stands after the last folder.
#[must_use]
pub fn name_of(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}; {}", self.what, self.mend)
    }
}

/// Something worth telling that is no fault: a torn tail, an unknown kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Which file.
    pub file: PathBuf,
    /// Which line, from 1; 0 stands for the whole file.
    pub line: u64,
    /// What is worth knowing.
    pub what: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}", self.what)
    }
}
