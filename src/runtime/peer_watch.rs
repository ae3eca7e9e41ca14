//! Other operators' status documents, fetched and read again and again: from the addresses and files the roster names,
//! and from the drop folder. Addresses come from our roster alone; a document never names what is fetched.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::Sender;

use crate::domain::id::OperatorId;
use crate::domain::roster::{Roster, StatusSource};
use crate::domain::time::Clock;
use crate::domain::watch::split_credentials;
use crate::peers::model::PeerReport;
use crate::peers::{Dropped, Expected, Memory, PeerFault, PeerSet, Receipt, check, read_folder, read_status_file};
use crate::telemetry::{Credentials, Http};

/// Between two rounds: well under the shortest validity anybody would give a document.
pub const EVERY: Duration = Duration::from_secs(10);
/// How long one operator may take to answer.
const LIMIT: Duration = Duration::from_secs(3);
/// At most this many addresses are asked at once.
const AT_ONCE: usize = 16;

/// What is watched.
pub struct Watched {
    /// The drop folder.
    pub folder: PathBuf,
    /// Who the operators are.
    pub roster: Roster,
    /// Our networks.
    pub networks: Vec<String>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// Watches until nobody listens any more.
pub async fn watch_peers(watched: Watched, to: Sender<(Vec<PeerReport>, Vec<PeerFault>)>) {
    let (http, mut memory, mut set) = (Http::new(), Memory::default(), PeerSet::default());
    let mut told = None;
    while !to.is_closed() {
        let faults = round(&watched, &http, &mut memory, &mut set).await;
        let now = (set.iter().cloned().collect::<Vec<_>>(), faults);
        if told.as_ref() != Some(&now) {
            if to.send(now.clone()).await.is_err() {
                return;
            }
            told = Some(now);
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// One round: everything read and fetched once; answers what could not be.
pub async fn round(watched: &Watched, http: &Arc<Http>, memory: &mut Memory, set: &mut PeerSet) -> Vec<PeerFault> {
    let (mut documents, mut faults) = files(watched).await;
    let asked = watched.roster.operators.iter().filter_map(|o| match &o.status {
        Some(StatusSource::Url(url)) => Some((o.name.clone(), url.clone())),
        _ => None,
    });
    let asked: Vec<_> = asked.collect();
    for some in asked.chunks(AT_ONCE) {
        let tasks: Vec<_> =
            some.iter().map(|(who, url)| tokio::spawn(fetch(http.clone(), who.clone(), url.clone()))).collect();
        for task in tasks {
            match task.await {
                Ok(Ok(document)) => documents.push(document),
                Ok(Err(fault)) => faults.push(fault),
                // A task of ours that failed said so itself.
                Err(_) => {}
            }
        }
    }
    let at = watched.clock.now();
    let expected = Expected { roster: &watched.roster, networks: &watched.networks };
    let mut reports = Vec::new();
    for document in &documents {
        let receipt =
            Receipt { origin: &document.origin, named: document.operator.as_ref(), at, bytes: &document.bytes };
        match check(expected, memory, receipt) {
            Ok(report) => reports.push(report),
            Err(fault) => faults.push(fault),
        }
    }
    set.take(reports);
    set.age(at);
    faults
}

/// The drop folder and the files that the roster names.
async fn files(watched: &Watched) -> (Vec<Dropped>, Vec<PeerFault>) {
    let folder = watched.folder.clone();
    let named = watched.roster.operators.iter().filter_map(|o| match &o.status {
        Some(StatusSource::File(file)) => Some((o.name.clone(), file.clone())),
        _ => None,
    });
    let named: Vec<(OperatorId, PathBuf)> = named.collect();
    let read = tokio::task::spawn_blocking(move || {
        let (mut documents, mut faults) = read_folder(&folder);
        for (who, file) in named {
            match read_status_file(&file, Some(&who)) {
                Ok(document) => documents.push(document),
                Err(fault) => faults.push(fault),
            }
        }
        (documents, faults)
    });
    read.await.unwrap_or_default()
}

async fn fetch(http: Arc<Http>, operator: OperatorId, url: String) -> Result<Dropped, PeerFault> {
    let (bare, auth) = split_credentials(&url);
    let answered = http.get(&bare, &Credentials::new(auth), LIMIT).await;
    let usable = answered.and_then(crate::telemetry::Reply::usable);
    match usable {
        Ok(bytes) => Ok(Dropped { origin: bare, operator: Some(operator), bytes }),
        Err(failure) => Err(PeerFault { operator: Some(operator), origin: bare, says: failure.to_string() }),
    }
}
