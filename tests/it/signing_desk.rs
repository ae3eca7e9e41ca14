//! The console's signing desk with real agents and played hardware keys: lines are signed at once, vouched for with the first entry,
//! approvals wait for their touch without holding anything up, who only looks is asked for nothing.

use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use warroom::app::signing::LineSigning;
use warroom::app::signing::Signing;
use warroom::domain::entry::Entry;
use warroom::domain::entry::NewEntry;
use warroom::domain::entry::Seal;
use warroom::domain::event::ApprovalGiven;
use warroom::domain::event::ChainEvent;
use warroom::domain::event::Event;
use warroom::domain::event::NoteAdded;
use warroom::domain::event::RunEvent;
use warroom::domain::id::IncidentId;
use warroom::domain::statement::Approval;
use warroom::domain::statement::Statement;
use warroom::domain::time::At;
use warroom::journal;
use warroom::journal::Journal;
use warroom::journal::OpenOptions;
use warroom::keys::own::Named;
use warroom::runtime::clock::SystemClock;
use warroom::runtime::paths::Paths;
use warroom::runtime::signing::KeySurroundings;
use warroom::runtime::signing::SigningDesk;
use warroom::runtime::signing::Told;
use warroom::runtime::signing::Wanted;

use crate::support::live::wait_for;
use crate::support::own_keys::HardwareKey;
use crate::support::own_keys::Manner;
use crate::support::own_keys::PlayedAgent;
use crate::support::own_keys::StockAgent;
use crate::support::signer::Signer;

const SOON: Duration = Duration::from_secs(20);

struct Stage {
    home: tempfile::TempDir,
    desk: SigningDesk,
    journal: Arc<Journal>,
    told: Arc<Mutex<Vec<Told>>>,
}

impl Stage {
    /// An incident of alice's, signed for through this agent.
    fn new(agent: &Path) -> Self {
        let home = tempfile::tempdir().unwrap();
        let options = OpenOptions {
            incident: "x".into(),
            network: "devnet".to_owned(),
            person: "alice".into(),
            host: "bastion".to_owned(),
            machine: String::new(),
            drill: false,
            known: warroom::journal::Witness::default(),
            left: Vec::new(),
        };
        let dir = home.path().join("incidents/x");
        let journal = Journal::open(&dir, options, Arc::new(SystemClock), |_| {}).unwrap();
        let told: Arc<Mutex<Vec<Told>>> = Arc::default();
        let heard = Arc::clone(&told);
        let wanted = Wanted {
            paths: Paths::in_one(home.path()),
            clock: Arc::new(SystemClock),
            person: "alice".into(),
            keys: KeySurroundings { agent: Some(agent.to_owned()), ..KeySurroundings::default() },
        };
        let desk = SigningDesk::start(wanted, move |news| heard.lock().unwrap().push(news)).unwrap();
        let stage = Self { home, desk, journal: Arc::new(journal), told };
        wait_for("the first word", SOON, || stage.status());
        stage
    }

    fn dir(&self) -> PathBuf {
        self.home.path().join("incidents/x")
    }

    fn attach(&self) -> Signing {
        let entries = journal::load(&self.dir()).entries;
        self.desk.attach(&IncidentId::from("x"), &self.journal, &entries)
    }

    fn note(&self, text: &str) -> Result<(), String> {
        let note = NoteAdded { text: text.to_owned() };
        self.desk.record(&self.journal, vec![NewEntry::human(&"alice".into(), note)])
    }

    fn status(&self) -> Option<Signing> {
        let told = self.told.lock().unwrap();
        told.iter().rev().find_map(|t| match t {
            Told::Status(status) => Some(status.clone()),
            Told::Refused(_) => None,
        })
    }

    /// The log as soon as it fits.
    fn wait_for(&self, what: &str, fits: impl Fn(&[Entry]) -> bool) -> Vec<Entry> {
        wait_for(what, SOON, || Some(journal::load(&self.dir()).entries).filter(|entries| fits(entries)))
    }
}

fn kinds(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|e| e.event.kind()).collect()
}

#[test]
fn a_silent_key_vouches_with_the_first_entry_and_states_the_heads() {
    let signer = Signer::new();
    let agent = StockAgent::with(&[signer.file()], None);
    let stage = Stage::new(&agent.socket());
    let status = stage.attach();
    assert!(matches!(status.lines, LineSigning::Ready(_)), "{status:?}");
    assert!(stage.home.path().join("state").read_dir().is_err(), "who only looks leaves nothing behind");
    stage.note("one").unwrap();
    let entries = stage.wait_for("the checkpoint", |e| kinds(e).contains(&"checkpoint.signed"));
    assert_eq!(kinds(&entries), ["chain.opened", "note.added", "key.delegated", "checkpoint.signed"]);
    assert!(entries.iter().all(|e| e.seal != Seal::Unsigned));
    let Event::Chain(ChainEvent::Checkpoint(checkpoint)) = &entries[3].event else { panic!() };
    let Ok(Statement::Checkpoint(stated)) = Statement::parse(&checkpoint.statement) else { panic!() };
    assert_eq!((stated.occasion.as_str(), stated.heads.len()), ("attach", 1));
    let (seq, hash) = stated.heads.values().next().unwrap();
    let raw = std::fs::read(stage.dir().join("log/alice@bastion.jsonl")).unwrap();
    let line = raw.split_inclusive(|b| *b == b'\n').nth(usize::try_from(*seq).unwrap()).unwrap();
    assert_eq!(*hash, journal::Hash::of(line).to_string(), "the head is the hash of the line it names");
    wait_for("signed", SOON, || stage.status().filter(|s| matches!(&s.lines, LineSigning::Signed { by: Some(_), .. })));
    // Leaving states the heads once more, for something was written since.
    stage.note("two").unwrap();
    stage.desk.leave(SOON);
    let checkpoints = |e: &[Entry]| kinds(e).iter().filter(|k| **k == "checkpoint.signed").count();
    stage.wait_for("a second checkpoint", |e| checkpoints(e) == 2);
}

#[test]
fn a_hardware_key_that_is_not_touched_holds_nothing_up_and_is_asked_again_on_demand() {
    let agent = PlayedAgent::new(HardwareKey::ed25519(), Manner::Hangs);
    let stage = Stage::new(&agent.socket());
    stage.attach();
    let begun = std::time::Instant::now();
    stage.note("one").unwrap();
    stage.note("two").unwrap();
    assert!(begun.elapsed() < Duration::from_millis(500), "recording never waits for a touch");
    let awaited = wait_for("awaited", SOON, || stage.status().and_then(|s| s.awaited));
    assert_eq!(awaited, "for your session key: touch your hardware key");
    let entries = stage.wait_for("both notes", |e| e.len() == 3);
    assert!(entries.iter().all(|e| e.seal != Seal::Unsigned), "signed at once, vouched for later");
}

#[test]
fn a_key_that_says_no_is_told_and_not_asked_again_by_itself() {
    let agent = PlayedAgent::new(HardwareKey::ed25519(), Manner::Refuses);
    let stage = Stage::new(&agent.socket());
    stage.attach();
    stage.note("one").unwrap();
    let failed = wait_for("the refusal", SOON, || stage.status().and_then(|s| s.failed));
    assert!(failed.contains("the agent refused"), "{failed}");
    stage.note("two").unwrap();
    stage.desk.leave(SOON);
    let asked = agent.asked();
    assert_eq!(asked, 1);
    stage.desk.again();
    wait_for("asked again", SOON, || (agent.asked() == 2).then_some(()));
}

#[test]
fn a_touched_hardware_key_is_asked_once_and_not_for_checkpoints() {
    let agent = PlayedAgent::new(HardwareKey::ecdsa(), Manner::Touched);
    let stage = Stage::new(&agent.socket());
    stage.attach();
    stage.note("one").unwrap();
    stage.wait_for("the delegation", |e| kinds(e).contains(&"key.delegated"));
    stage.note("two").unwrap();
    stage.desk.leave(SOON);
    assert_eq!(agent.asked(), 1);
    let entries = journal::load(&stage.dir()).entries;
    assert_eq!(kinds(&entries), ["chain.opened", "note.added", "key.delegated", "note.added"]);
    assert_eq!(entries[2].rare.proof.as_ref().unwrap().touched, Some(true));
}

#[test]
fn without_a_key_lines_are_unsigned_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let stage = Stage::new(&folder.path().join("dead"));
    let status = stage.attach();
    assert!(matches!(&status.lines, LineSigning::Unsigned(why) if why.contains("no agent answers at")), "{status:?}");
    stage.note("one").unwrap();
    let entries = stage.wait_for("the note", |e| e.len() == 2);
    assert!(entries.iter().all(|e| e.seal == Seal::Unsigned));
}

impl Stage {
    /// Alice says yes to a step.
    fn say_yes(&self) -> Result<(), String> {
        let approval = Approval {
            incident: "x".into(),
            principal: "alice".into(),
            run: "r1".into(),
            step: "restart".into(),
            digest: "00".repeat(32),
            expires: At::parse("2099-01-01T00:00:00Z").unwrap(),
        };
        let yes = ApprovalGiven {
            run: "r1".into(),
            step: "restart".into(),
            statement: approval.text(),
            sig: String::new(),
            reason: String::new(),
        };
        let note = NoteAdded { text: "after the yes".to_owned() };
        let person = "alice".into();
        let entries = vec![NewEntry::human(&person, RunEvent::from(yes)), NewEntry::human(&person, note)];
        self.desk.record(&self.journal, entries)
    }

    fn refusal(&self) -> Option<String> {
        let told = self.told.lock().unwrap();
        told.iter().find_map(|t| match t {
            Told::Refused(why) => Some(why.clone()),
            Told::Status(_) => None,
        })
    }
}

#[test]
fn a_yes_waits_for_its_signature_together_with_what_follows_it() {
    let agent = PlayedAgent::new(HardwareKey::ecdsa(), Manner::Touched);
    let stage = Stage::new(&agent.socket());
    stage.attach();
    stage.say_yes().unwrap();
    let entries = stage.wait_for("the yes and the delegation", |e| e.len() == 4);
    assert_eq!(kinds(&entries), ["chain.opened", "approval.given", "note.added", "key.delegated"]);
    let Event::Run(RunEvent::Approved(yes)) = &entries[1].event else { panic!() };
    assert!(!yes.sig.is_empty());
    let proof = entries[1].rare.proof.as_ref().unwrap();
    assert_eq!((proof.key.clone(), proof.touched), (voucher_of(&entries), Some(true)));
    assert_eq!(agent.asked(), 2, "the yes and the session");
}

/// The own key that vouched in a log.
fn voucher_of(entries: &[Entry]) -> Arc<str> {
    let vouched = entries.iter().find(|e| e.event.kind() == "key.delegated");
    vouched.unwrap().rare.proof.as_ref().unwrap().key.clone()
}

#[test]
fn a_yes_that_nobody_touched_declined_or_a_forwarded_agent_gave_by_itself_is_not_recorded() {
    let untouched = PlayedAgent::new(HardwareKey::ed25519(), Manner::Untouched);
    let declined = PlayedAgent::new(HardwareKey::ed25519(), Manner::Refuses);
    let signer = Signer::new();
    let silent = StockAgent::with(&[signer.file()], None);
    // sshd names its sockets so.
    let folder = tempfile::tempdir().unwrap();
    let forwarded = folder.path().join("s.AbCdEfGhIj.sshd.KlMnOpQrSt");
    std::os::unix::fs::symlink(silent.socket(), &forwarded).unwrap();
    for (socket, why) in [
        (untouched.socket(), "nobody touched the hardware key"),
        (declined.socket(), "the agent refused"),
        (forwarded, "your agent is forwarded and signed without asking you"),
    ] {
        let stage = Stage::new(&socket);
        stage.attach();
        stage.say_yes().unwrap();
        let said = wait_for("the refusal", SOON, || stage.refusal());
        assert!(said.starts_with("your yes was not signed: ") && said.contains(why), "{said}");
        assert!(journal::load(&stage.dir()).entries.is_empty());
    }
    let gone = Stage::new(&folder.path().join("dead"));
    gone.attach();
    let said = gone.say_yes().unwrap_err();
    assert!(said.contains("a yes counts only when your own key signs it: no own key"), "{said}");
}

#[test]
fn names_of_keys_are_read() {
    let here = Path::new("/etc/warroom");
    let home = Some(Path::new("/home/alice"));
    assert_eq!(Named::read("~/.ssh/id", home, here).unwrap(), Named::File("/home/alice/.ssh/id".into()));
    assert_eq!(Named::read("id", home, here).unwrap(), Named::File("/etc/warroom/id".into()));
    assert_eq!(Named::read("SHA256:abc", home, here).unwrap(), Named::Fingerprint("SHA256:abc".to_owned()));
    assert!(Named::read("ssh-ed25519 AAAAC3", home, here).is_err());
}
