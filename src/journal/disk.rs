//! The two things a log asks of a disk, so that tests can bring one that fails.
//! Must not know what the bytes mean.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Writes and makes durable.
pub trait Disk: Send {
    /// Writes all of `bytes` at `offset`.
    ///
    /// # Errors
    /// When any of them may not have been written.
    fn write_at(&mut self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes what was written survive a power cut.
    ///
    /// # Errors
    /// When it may not; asking again proves nothing (the pages are marked clean).
    fn sync(&mut self, file: &File) -> io::Result<()>;
}

/// The operating system's.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn write_at(&mut self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        file.write_all_at(bytes, offset)
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        file.sync_data()
    }
}
