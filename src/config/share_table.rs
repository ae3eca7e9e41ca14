//! `[share.etcd]`: the cluster that carries entries between hosts, and who we are there.
//! Must not ask it anything.

use std::path::Path;
use std::path::PathBuf;

use super::problem::Report;
use super::settings::EtcdSettings;
use super::table::Table;
use super::words;
use crate::domain::watch::Auth;
use crate::domain::watch::split_credentials;

/// Most endpoints: etcd's own advice ends at seven members. More is a problem.
pub const MAX_ENDPOINTS: usize = 16;

/// Longest prefix. It stands in front of every key; a longer one is a problem.
const MAX_PREFIX: usize = 128;

const SHARE: &[&str] = &["etcd"];
const ETCD: &[&str] = &["endpoints", "user", "password_file", "ca", "cert", "key", "prefix"];

/// The cluster, where one is named.
pub(super) fn share(report: &mut Report<'_>, top: &Table<'_>) -> Option<EtcdSettings> {
    let share = top.table(report, "share")?;
    share.only(report, SHARE);
    let Some(etcd) = share.table(report, "etcd") else {
        report.add(share.at, "`share` names no transport; write [share.etcd] with `endpoints`");
        return None;
    };
    etcd.only(report, ETCD);
    let endpoints = endpoints(report, &etcd);
    let folder: PathBuf = report.folder().to_path_buf();
    let mut file = |key: &str| file_of(report, &etcd, &folder, key);
    let (password_file, ca, cert, key) = (file("password_file"), file("ca"), file("cert"), file("key"));
    let user = etcd.text(report, "user").map(|u| u.value.to_owned());
    if user.is_some() != password_file.is_some() {
        report.add(etcd.at, "`user` and `password_file` go together; give both or neither");
    }
    if cert.is_some() != key.is_some() {
        report.add(etcd.at, "`cert` and `key` go together; give both or neither");
    }
    if cert.is_some() && ca.is_none() {
        report.add(etcd.at, "a `cert` of our own needs `ca`, the authority that signed the cluster's");
    }
    let secure = endpoints.iter().all(|e| e.starts_with("https://"));
    if (ca.is_some() || cert.is_some()) && !secure {
        report.add(etcd.at, "`ca` and `cert` are of use with https:// endpoints only; make all of them https://");
    }
    let prefix = prefix(report, &etcd);
    (!endpoints.is_empty()).then_some(EtcdSettings { endpoints, user, password_file, ca, cert, key, prefix })
}

fn file_of(report: &mut Report<'_>, etcd: &Table<'_>, folder: &Path, key: &str) -> Option<PathBuf> {
    etcd.text(report, key).map(|f| words::file(folder, f.value))
}

fn endpoints(report: &mut Report<'_>, etcd: &Table<'_>) -> Vec<String> {
    let named = etcd.texts(report, "endpoints");
    if named.is_empty() {
        report.add(etcd.at, "etcd has no `endpoints`; add `endpoints = [\"https://etcd-1:2379\"]`");
    }
    if let Some(first_too_many) = named.get(MAX_ENDPOINTS) {
        report.add(first_too_many.at, format!("more than {MAX_ENDPOINTS} endpoints; name the members near you"));
    }
    let mut endpoints: Vec<String> = Vec::new();
    for found in named {
        let (url, auth) = split_credentials(found.value);
        let url = url.trim_end_matches('/').to_owned();
        if let Err(why) = words::web(found.value) {
            report.add(found.at, why);
        } else if auth != Auth::None {
            report.add(found.at, "an endpoint takes no credentials; give `user` and `password_file`");
        } else if url.split("://").nth(1).is_some_and(|rest| rest.contains('/')) {
            report.add(found.at, "an endpoint is scheme, host and port, without a path");
        } else if endpoints.contains(&url) {
            report.add(found.at, "this endpoint is named twice; each stands once");
        } else {
            endpoints.push(url);
        }
    }
    endpoints
}

fn prefix(report: &mut Report<'_>, etcd: &Table<'_>) -> String {
    let Some(found) = etcd.text(report, "prefix") else { return EtcdSettings::PREFIX.to_owned() };
    let text = found.value;
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let fits = text.starts_with('/') && text.len() > 1 && text.len() <= MAX_PREFIX && text.chars().all(plain);
    if !fits || text.ends_with('/') || text.contains("//") {
        let form = format!("letters, digits and ./_- after a first `/`, no `/` at the end, at most {MAX_PREFIX} bytes");
        report.add(found.at, format!("`prefix` must be {form}, as in \"{}\"", EtcdSettings::PREFIX));
        return EtcdSettings::PREFIX.to_owned();
    }
    text.to_owned()
}
