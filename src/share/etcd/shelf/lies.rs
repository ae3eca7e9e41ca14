//! Where a shelf goes wrong when others lie: claims that a file was cut, floods, a log that is rewritten. Must not speak to anybody.

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::domain::entry::NewEntry;
    use crate::domain::event::{
        Effect, Event, OutputRef, RunEvent, RunStarted, StepFinished, StepKind, StepOutcome, StepStarted,
    };
    use crate::domain::id::PersonId;
    use crate::domain::time::{At, Clock};
    use crate::journal::{Hash, Journal, OpenOptions, Witness};
    use crate::share::etcd::shelf::*;

    const ID: &str = "2026-11-21-x";
    const TRUE: &[u8] = b"the text that a run follows\n";

    struct Still;

    impl Clock for Still {
        fn now(&self) -> At {
            At::from_secs(1_790_000_000)
        }
    }

    fn says(dir: &Path, events: Vec<Event>) {
        let person = PersonId::new("alice");
        let options = OpenOptions {
            incident: ID.into(),
            network: "devnet".to_owned(),
            person: person.clone(),
            host: "h".to_owned(),
            machine: String::new(),
            drill: false,
            known: Witness::default(),
            left: Vec::new(),
        };
        let journal = Journal::open(dir, options, std::sync::Arc::new(Still), |_| {}).unwrap();
        let entries = events.into_iter().map(|event| NewEntry::human(&person, event)).collect();
        journal.append_and_wait(entries, Duration::from_secs(10)).unwrap();
    }

    fn run(id: &str, sha256: &str) -> Event {
        let started = RunStarted {
            run: id.into(),
            runbook: "x".into(),
            title: String::new(),
            revision: 1,
            path: String::new(),
            commit: String::new(),
            sha256: sha256.to_owned(),
            steps: vec!["look".into()],
            for_others: Vec::new(),
            params: BTreeMap::new(),
            host: "h".to_owned(),
            roles: BTreeMap::new(),
            ways_back: Default::default(),
            watch_s: 0,
            wrong_if: String::new(),
        };
        RunEvent::from(started).into()
    }

    /// A step of that run whose output is said to have been cut, and to be the file that is followed.
    fn cut(run: &str, sha256: &str) -> [Event; 2] {
        let started = StepStarted {
            run: run.into(),
            step: "look".into(),
            title: String::new(),
            attempt: 1,
            kind: StepKind::Check,
            effect: Effect::Read,
            command: String::new(),
            user: String::new(),
            host: "h".to_owned(),
            remote: String::new(),
        };
        let output = OutputRef { sha256: sha256.to_owned(), bytes: 5_000_000, kept: TRUE.len() as u64 };
        let finished = StepFinished {
            run: run.into(),
            step: "look".into(),
            attempt: 1,
            outcome: StepOutcome::Passed,
            exit: Some(0),
            expected: String::new(),
            actual: String::new(),
            took_ms: 1,
            output: Some(output),
        };
        [RunEvent::from(started).into(), RunEvent::from(finished).into()]
    }

    fn spoken(shared: u64) -> Spoken {
        Spoken { shared, internal: 0 }
    }

    /// A shelf whose log names the text, and the piece that it is in etcd.
    fn shelf(dir: &Path, named_by: Vec<Event>) -> (Shelf, Part) {
        says(dir, named_by);
        let mut shelf = Shelf::new(dir, &ID.into());
        shelf.look(spoken(1));
        (shelf, Part { incident: ID.into(), name: Hash::of(TRUE).to_string(), of: 1, part: 0 })
    }

    fn puts(shelf: &mut Shelf) -> bool {
        matches!(shelf.errand("/w"), Some(Errand::Put { .. }))
    }

    fn lists(shelf: &mut Shelf) -> bool {
        matches!(shelf.errand("/w"), Some(Errand::List { .. }))
    }

    #[test]
    fn a_log_that_spoke_of_nothing_for_a_while_is_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let (mut shelf, part) = shelf(dir.path(), vec![run("r-1", &Hash::of(TRUE).to_string())]);
        assert_eq!(shelf.named.len(), 1);
        shelf.look(spoken(0));
        assert!(shelf.named.is_empty());
        shelf.look(spoken(1));
        assert_eq!(shelf.named.first().map(|(name, _)| name.clone()), Some(part.name));
    }

    #[test]
    fn a_file_taken_by_its_length_gives_way_once_a_run_calls_it_whole() {
        let (dir, name) = (tempfile::tempdir().unwrap(), Hash::of(TRUE).to_string());
        let claim = std::iter::once(run("r-1", &"5".repeat(64))).chain(cut("r-1", &name)).collect();
        fs::create_dir_all(dir.path().join("outputs")).unwrap();
        let file = dir.path().join("outputs").join(&name);
        fs::write(&file, vec![b'x'; TRUE.len()]).unwrap();
        let (mut shelf, part) = shelf(dir.path(), claim);
        assert!(shelf.here.contains_key(&name), "its length is all that can be told");
        says(dir.path(), vec![run("r-2", &name)]);
        // As if a while had passed.
        shelf.read = shelf.read.map(|(spoken, _)| (spoken, Instant::now()));
        shelf.look(spoken(2));
        shelf.listed(std::iter::once(part.clone()), true);
        assert!(matches!(shelf.errand("/w"), Some(Errand::Get { .. })), "{:?}", shelf.here);
        shelf.came(&part, Some(vec![b'x'; TRUE.len()]));
        assert_eq!(shelf.unfit.len(), 1);
        shelf.listed(std::iter::empty(), true);
        shelf.listed(std::iter::once(part.clone()), true);
        assert!(matches!(shelf.errand("/w"), Some(Errand::Get { .. })));
        shelf.came(&part, Some(TRUE.to_vec()));
        assert_eq!(fs::read(&file).unwrap(), TRUE);
    }

    #[test]
    fn behind_a_flood_what_was_seen_once_is_enough() {
        let (dir, name) = (tempfile::tempdir().unwrap(), Hash::of(TRUE).to_string());
        fs::create_dir_all(dir.path().join("outputs")).unwrap();
        fs::write(dir.path().join("outputs").join(&name), TRUE).unwrap();
        let (mut shelf, part) = shelf(dir.path(), vec![run("r-1", &name), run("r-2", &"5".repeat(64))]);
        let flood = || std::iter::once(Part { name: "0".repeat(64), ..part.clone() });
        assert!(lists(&mut shelf));
        shelf.listed(flood(), false);
        assert!(puts(&mut shelf));
        shelf.stands(&part, TRUE, None);
        assert!(lists(&mut shelf), "an acknowledgement alone is nothing");
        shelf.listed(flood(), false);
        assert!(puts(&mut shelf), "it was not seen");
        shelf.stands(&part, TRUE, Some(TRUE));
        for _ in 0..3 {
            assert!(shelf.errand("/w").is_none() && shelf.waiting() == 0, "it stands there");
            shelf.listed(flood(), false);
        }
        let told: Vec<_> = shelf.troubles().collect();
        assert!(told.iter().any(|t| t.contains("floods ~outputs/")), "one that is not here may be behind it: {told:?}");
        shelf.listed(std::iter::empty(), true);
        assert!(puts(&mut shelf), "a whole list without it says that it is gone");
        assert_eq!(shelf.troubles().count(), 0);
    }
}
