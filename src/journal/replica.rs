//! Another writer's chain as this host keeps a copy of it: it is only ever extended, by lines that go on with it, and never while its
//! own writer holds it here. Must not know where the lines come from.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::domain::id::WriterId;
use crate::journal::chain_file::{ChainFile, CommitError, Unusable};
use crate::journal::disk::RealDisk;
use crate::journal::fault::Fault;
use crate::journal::limits::BATCH_BYTES_MAX;
use crate::journal::name;
use crate::journal::scan::{Links, describe};
use crate::journal::witness::Witness;

/// Why a copy was not extended.
#[derive(Debug, thiserror::Error)]
pub enum ReplicaError {
    /// A console or verb of this host writes this chain now; its file is the truth, whatever others have.
    #[error("{}: its own writer has it open on this host", .0.display())]
    Live(PathBuf),
    /// The copy here is damaged; it is kept as it is.
    #[error("{0}")]
    Damaged(Fault),
    /// What came does not go on with what is here.
    #[error("{}: line {line} does not go on with the chain: {why}", file.display())]
    Misfit {
        /// The chain's file.
        file: PathBuf,
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The disk.
    #[error("{}: {why}; check its owner and permissions, and the disk's free space", file.display())]
    Io {
        /// The chain's file.
        file: PathBuf,
        /// What the system said.
        why: String,
    },
}

/// A copy of somebody's chain. The file is locked only while it is extended, so that other processes may extend it too.
#[derive(Debug)]
pub struct Replica {
    dir: PathBuf,
    writer: WriterId,
    /// Where the file stood when we last left it: device, inode, bytes, and what the next line must say.
    left: Option<(u64, u64, u64, Links)>,
}

impl Replica {
    /// The chain of `writer` in an incident's folder.
    #[must_use]
    pub fn of(dir: &Path, writer: &WriterId) -> Self {
        Self { dir: dir.to_owned(), writer: writer.clone(), left: None }
    }

    /// Appends the raw lines (newlines included) that are new, and makes them durable; `first` is the `seq` of the first of them.
    /// Lines that are there already are passed over. Answers how many the chain holds then.
    ///
    /// # Errors
    /// When its own writer has it open, when it is damaged, when a line does not go on with it, or when the disk does not take it.
    pub fn extend(&mut self, first: u64, lines: &[Vec<u8>]) -> Result<u64, ReplicaError> {
        let (mut file, mut links) = self.open()?;
        let known = usize::try_from(links.next.saturating_sub(first)).unwrap_or(usize::MAX);
        let mut batch = Vec::new();
        let done = (|| {
            for line in lines.iter().skip(known) {
                let at = links.next + 1;
                if let Err(why) = links.follow(line) {
                    let why = describe(at, &why, &self.writer).1;
                    return Err(ReplicaError::Misfit { file: self.file(), line: at, why });
                }
                batch.extend_from_slice(line);
                if batch.len() >= BATCH_BYTES_MAX {
                    self.commit(&mut file, &mut batch, &links)?;
                }
            }
            self.commit(&mut file, &mut batch, &links)
        })();
        // A batch that was refused in the middle leaves what was committed before it, and nothing else.
        let _ = file.leave(&mut RealDisk);
        self.left = None;
        done?;
        if let Ok(meta) = fs::metadata(self.file()) {
            self.left = Some((meta.dev(), meta.ino(), meta.len(), links.clone()));
        }
        Ok(links.next)
    }

    fn file(&self) -> PathBuf {
        name::file(&self.dir, &self.writer)
    }

    fn commit(&self, file: &mut ChainFile, batch: &mut Vec<u8>, links: &Links) -> Result<(), ReplicaError> {
        let Some(head) = links.head().filter(|_| !batch.is_empty()) else { return Ok(()) };
        let io = |why: String| ReplicaError::Io { file: self.file(), why };
        file.commit(&mut RealDisk, batch, head).map(drop).map_err(|e| match e {
            CommitError::Again(e) => io(e.to_string()),
            CommitError::Poisoned(why) => io(why),
        })?;
        batch.clear();
        Ok(())
    }

    /// Locks the file; reads it again only when it is not what we left.
    fn open(&mut self) -> Result<(ChainFile, Links), ReplicaError> {
        let here = fs::metadata(self.file()).ok().map(|m| (m.dev(), m.ino(), m.len()));
        if let Some((dev, ino, size, links)) = self.left.take()
            && here == Some((dev, ino, size))
            && let Some(file) =
                ChainFile::go_on(&mut RealDisk, &self.dir, &self.writer, size, links.head()).map_err(usable)?
        {
            return Ok((file, links));
        }
        let (file, read, _) =
            ChainFile::open(&mut RealDisk, &self.dir, &self.writer, &Witness::default(), None).map_err(usable)?;
        Ok((file, read.links))
    }
}

fn usable(why: Unusable) -> ReplicaError {
    match why {
        Unusable::Locked(file) => ReplicaError::Live(file),
        Unusable::Damaged(fault) => ReplicaError::Damaged(fault),
        Unusable::Io { file, source } => ReplicaError::Io { file, why: source.to_string() },
        Unusable::Exists(file) | Unusable::Foreign { file, .. } | Unusable::Twin { file, .. } => {
            ReplicaError::Io { file, why: io::ErrorKind::AlreadyExists.to_string() }
        }
    }
}
