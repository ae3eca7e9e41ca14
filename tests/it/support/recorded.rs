//! Real replies of real nodes, where they lie beside the repository; tests that need them say so when they do not.
#![expect(clippy::print_stdout, clippy::panic, reason = "a test says why it was skipped, and stops at what it misses")]

use std::path::{Path, PathBuf};

/// The folder of recorded replies, or `None` with a word about it.
pub fn folder() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.join("shared/data");
    if dir.is_dir() {
        return Some(dir);
    }
    // A worktree elsewhere may name the folder.
    let named = std::env::var_os("WARROOM_TEST_DATA").map(PathBuf::from).filter(|d| d.is_dir());
    if named.is_none() {
        println!("skipped: no recorded replies at {} (WARROOM_TEST_DATA names another place)", dir.display());
    }
    named
}

/// One recorded reply.
pub fn bytes(folder: &Path, path: &str) -> Vec<u8> {
    std::fs::read(folder.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The `result` of a recorded JSON-RPC reply, as text; `None` when it is null or an error.
pub fn result(folder: &Path, path: &str) -> Option<String> {
    let reply: serde_json::Value = serde_json::from_slice(&bytes(folder, path)).unwrap();
    reply.get("result").filter(|r| !r.is_null()).map(ToString::to_string)
}
