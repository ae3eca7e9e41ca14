//! The cluster that carries entries: each endpoint asked once, and our rights tried without writing anything.

use std::os::unix::fs::PermissionsExt as _;

use crate::cli::doctor::finding::Finding;
use crate::config::EtcdSettings;
use crate::share::etcd::check;

/// What was found; nothing when no cluster is named.
///
/// # Errors
/// When the system gives us no way to wait for an answer.
pub fn share(settings: Option<&EtcdSettings>) -> std::io::Result<Vec<Finding>> {
    let Some(settings) = settings else { return Ok(Vec::new()) };
    let mut found = secrets(settings);
    let waiting = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for check in waiting.block_on(check(settings)) {
        let id = format!("etcd {}", check.of.split("://").nth(1).unwrap_or(&check.of));
        found.push(match (check.bad, check.mend.is_empty()) {
            (true, _) => Finding::bad(id, check.says, check.mend),
            (false, false) => Finding::warn(id, check.says, check.mend),
            (false, true) => Finding::ok(id, check.says),
        });
    }
    Ok(found)
}

/// Files that nobody else may read.
fn secrets(settings: &EtcdSettings) -> Vec<Finding> {
    let files = [&settings.password_file, &settings.key].into_iter().flatten();
    let open = files.filter(|f| std::fs::metadata(f).is_ok_and(|m| m.permissions().mode() & 0o007 != 0));
    let warn = |file: &std::path::PathBuf| {
        let says = format!("{} holds a secret and everybody can read it", file.display());
        Finding::warn("etcd secrets", says, format!("chmod 600 {}", file.display()))
    };
    open.map(warn).collect()
}
