//! What the log costs: group commit against one sync each, loading, opening a long chain, verifying.
//! `cargo bench --bench journal`; prints one line a measure. The disk decides most of it, so the raw cost of a sync is printed first.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement stops at the first surprise and prints what it saw"
)]

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use warroom::domain::entry::NewEntry;
use warroom::domain::event::NoteAdded;
use warroom::domain::id::{IncidentId, PersonId};
use warroom::domain::time::{At, Clock};
use warroom::journal::{Journal, LineSigner, OpenOptions, load, verify};
use warroom::keys::{SessionKey, namespace, sshsig};

const LIMIT: Duration = Duration::from_secs(60);
const LONG: usize = 10_000;

struct Still;

impl Clock for Still {
    fn now(&self) -> At {
        At::from_secs(1_795_230_000)
    }
}

fn open(dir: &Path) -> Journal {
    let options = OpenOptions {
        incident: IncidentId::new("2026-11-21-bench"),
        network: "devnet".to_owned(),
        person: PersonId::new("alice"),
        host: "bastion".to_owned(),
        machine: String::new(),
        drill: false,
        known: warroom::journal::Witness::default(),
        left: Vec::new(),
    };
    Journal::open(dir, options, Arc::new(Still), |_| ()).unwrap()
}

fn notes(count: usize) -> Vec<NewEntry> {
    let text = "finality lag 12 epochs on val-1, val-2 and val-3; peers steady".to_owned();
    vec![NewEntry::human(&PersonId::new("alice"), NoteAdded { text }); count]
}

fn measured(what: &str, count: usize, work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    let rate = count as f64 / start.elapsed().as_secs_f64();
    println!("{what:<44} {:>10.1} µs each {rate:>10.0} /s", 1e6 / rate);
    rate
}

/// One entry, ten and a hundred in one commit, unsigned or signed.
fn appends(key: Option<Arc<SessionKey>>) {
    let how = if key.is_some() { "signed" } else { "unsigned" };
    let mut single = 0.0;
    for batch in [1, 10, 100] {
        let dir = tempfile::tempdir().unwrap();
        let journal = open(dir.path());
        journal.sign_with(key.clone().map(|key| key as Arc<dyn LineSigner>));
        let rounds = (3_000 / batch).min(1_000);
        let rate = measured(&format!("append and wait, {how}, {batch} at a time (each)"), rounds * batch, || {
            for _ in 0..rounds {
                journal.append_and_wait(notes(batch), LIMIT).unwrap();
            }
        });
        single = if batch == 1 { rate } else { single };
        println!("{:<44} {:>10.1} x", "  against one at a time", rate / single);
    }
}

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let mut raw = File::create(dir.path().join("raw")).unwrap();
    measured("write and fdatasync of 400 bytes", 300, || {
        for _ in 0..300 {
            raw.write_all(&[b'x'; 400]).unwrap();
            raw.sync_data().unwrap();
        }
    });
    for key in [None, Some(Arc::new(SessionKey::from_seed([7; 32]).unwrap()))] {
        appends(key);
    }
    let key = SessionKey::from_seed([7; 32]).unwrap();
    measured("sign a line of 400 bytes", 3_000, || {
        for _ in 0..3_000 {
            std::hint::black_box(key.sign(namespace::LOG, &[b'x'; 400]));
        }
    });
    let sig = key.sign(namespace::LOG, &[b'x'; 400]);
    measured("check the signature of a line", 3_000, || {
        for _ in 0..3_000 {
            std::hint::black_box(sshsig::verify(&sig, namespace::LOG, &[b'x'; 400])).unwrap();
        }
    });
    let journal = open(dir.path());
    measured("append without waiting, one at a time", 3_000, || {
        for _ in 0..3_000 {
            journal.append(notes(1)).unwrap();
        }
    });
    while journal.waiting() > 0 {
        std::thread::park_timeout(Duration::from_millis(1));
    }
    for _ in 0..(LONG - 3_000) / 1_000 {
        journal.append_and_wait(notes(1_000), LIMIT).unwrap();
    }
    drop(journal);
    measured("load (an entry)", LONG, || assert_eq!(load(dir.path()).entries.len(), LONG + 1));
    measured("verify (an entry)", LONG, || assert!(verify(dir.path()).is_sound()));
    measured("open a chain of 10,000 and append one", 1, || {
        open(dir.path()).append_and_wait(notes(1), LIMIT).unwrap();
    });
    let fresh = tempfile::tempdir().unwrap();
    measured("open a new chain and append one", 1, || {
        open(fresh.path()).append_and_wait(notes(1), LIMIT).unwrap();
    });
}
