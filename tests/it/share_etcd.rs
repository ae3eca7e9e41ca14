//! What carries to etcd against a gateway that lies, and against keys that no warroom wrote. What a real cluster can be made to do is
//! in `live_etcd`.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use warroom::config::EtcdSettings;
use warroom::share::etcd::{Carrier, Carrying, Level, Standing};

use crate::support::fake_etcd::{FakeEtcd, Fault};
use crate::support::warroom::Warroom;

/// Longer than any wait of the carrier: a lie is found 5 s after it was told, at the next look.
const LIMIT: Duration = Duration::from_secs(25);

const ID: &str = "2026-11-21-finality-stall";

fn home() -> Warroom {
    let home = Warroom::new();
    assert_eq!(home.run(&["declare", "--severity", "2", "finality stall"]).code, 0);
    assert_eq!(home.run(&["note", "--disclosure", "internal", "CANARY"]).code, 0);
    home
}

/// What was said, in order.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<Standing>>>);

impl Heard {
    fn wait_for(&self, what: &str, wanted: impl Fn(&Standing) -> bool) -> Standing {
        let until = Instant::now() + LIMIT;
        loop {
            let heard = self.0.lock().unwrap().clone();
            if let Some(found) = heard.iter().find(|s| wanted(s)) {
                return found.clone();
            }
            assert!(Instant::now() < until, "waited in vain for {what}: {heard:#?}");
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    fn forget(&self) {
        self.0.lock().unwrap().clear();
    }
}

fn carry(home: &Warroom, fake: &FakeEtcd) -> (Carrier, Heard) {
    let settings = EtcdSettings {
        endpoints: vec![fake.url()],
        user: None,
        password_file: None,
        ca: None,
        cert: None,
        key: None,
        prefix: EtcdSettings::PREFIX.to_owned(),
    };
    let carrying = Carrying { settings, incidents: home.home().join("incidents"), state: home.home().join("state") };
    let heard = Heard::default();
    let to = heard.clone();
    let carrier = Carrier::start(carrying, move |standing| to.0.lock().unwrap().push(standing)).unwrap();
    (carrier, heard)
}

fn chain(home: &Warroom) -> (String, Vec<Vec<u8>>) {
    let log = home.home().join("incidents").join(ID).join("log");
    let file =
        fs::read_dir(log).unwrap().flatten().find(|f| f.file_name().to_str().unwrap().starts_with("alice")).unwrap();
    let name = file.file_name().into_string().unwrap().trim_end_matches(".jsonl").to_owned();
    (name, fs::read(file.path()).unwrap().split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect())
}

fn key(writer: &str, seq: usize) -> String {
    format!("/warroom/{ID}/{writer}/{seq:016}")
}

fn well(standing: &Standing) -> bool {
    standing.level == Level::Well
}

#[test]
fn every_line_gets_a_key_with_its_bytes_and_nothing_internal_does() {
    let (home, fake) = (home(), FakeEtcd::start());
    let (_carrier, heard) = carry(&home, &fake);
    heard.wait_for("in step", well);
    let (writer, lines) = chain(&home);
    let wanted: Vec<_> = lines.iter().enumerate().map(|(i, line)| (key(&writer, i), line.clone())).collect();
    assert_eq!(fake.keys().into_iter().collect::<Vec<_>>(), wanted);
    // A second process of this host waits its turn, and says what the first one says.
    let (_second, said) = carry(&home, &fake);
    said.wait_for("what the first says", well);
}

#[test]
fn an_acknowledgement_without_the_entry_is_found_and_told_and_pushed_again() {
    let (home, fake) = (home(), FakeEtcd::start());
    fake.fail(&[Fault::FalseAck]);
    let (_carrier, heard) = carry(&home, &fake);
    let told = heard.wait_for("the lie is told", |s| s.troubles.iter().any(|t| t.contains("acknowledged 2 lines")));
    assert!(told.waiting <= 2);
    heard.wait_for("in step", well);
    assert_eq!(fake.keys().len(), 2);
}

#[test]
fn nonsense_is_told_and_outlived() {
    let (home, fake) = (home(), FakeEtcd::start());
    fake.fail(&[Fault::WrongJson, Fault::Page, Fault::HalfBody, Fault::WrongJson]);
    let (_carrier, heard) = carry(&home, &fake);
    heard.wait_for("not to be understood", |s| {
        s.level == Level::Bad && s.says.contains("not to be understood") && s.says.contains("wait here")
    });
    heard.wait_for("in step", well);
    // And in the middle of it.
    heard.forget();
    fake.fail(&[Fault::HalfBody]);
    heard.wait_for("half a body", |s| s.level == Level::Bad);
    heard.wait_for("in step again", well);
    assert_eq!(fake.keys().len(), 2);
}

#[test]
fn another_value_where_a_line_belongs_is_a_fork_and_nothing_of_ours_changes() {
    let (home, fake) = (home(), FakeEtcd::start());
    let (writer, lines) = chain(&home);
    let other = String::from_utf8(lines[1].clone()).unwrap().replace("finality stall", "something else");
    fake.put(&key(&writer, 1), other.as_bytes());
    let (_carrier, heard) = carry(&home, &fake);
    let told = heard.wait_for("the fork", |s| s.troubles.iter().any(|t| t.contains("FORK")));
    assert_eq!(told.level, Level::Bad);
    assert!(told.troubles[0].contains("line 2") && told.troubles[0].contains("forks/"), "{told:?}");
    assert_eq!(chain(&home).1, lines, "our file is the truth");
    let forks: Vec<_> = fs::read_dir(home.home().join("incidents").join(ID).join("forks")).unwrap().flatten().collect();
    assert_eq!(fs::read_to_string(forks[0].path()).unwrap(), other);
    assert_eq!(home.run(&["verify"]).code, 1);
    // Nothing of that chain is carried any more; other people's still are.
    let keys = fake.keys().len();
    let bob = home.command(&["note", "from bob"]).env("WARROOM_ACTOR", "bob").output().unwrap();
    assert!(bob.status.success());
    let until = Instant::now() + LIMIT;
    while fake.keys().keys().filter(|k| k.contains("bob@")).count() < 2 {
        assert!(Instant::now() < until, "bob's entries are held up by alice's fork");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    assert!(fake.keys().len() <= keys + 2);
}

#[test]
fn what_no_warroom_wrote_is_left_alone() {
    let (home, fake) = (home(), FakeEtcd::start());
    let line = |name: &str| {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/share").join(name)).unwrap()
    };
    let first = line("alice@vm.jsonl").lines().next().unwrap().to_owned() + "\n";
    let drill = first.replace(r#""drill":false"#, r#""drill":true"#).replace("alice@vm", "dora@vm");
    let internal = first.replace(r#""drill""#, r#""disclosure":"internal","drill""#).replace("alice@vm", "ivan@vm");
    let stray = first.replace(ID, "2026-11-21-other").replace("alice@vm", "sam@vm");
    for (writer, value) in
        [("dora@vm", &drill), ("ivan@vm", &internal), ("sam@vm", &stray), ("x@vm", &"nonsense\n".to_owned())]
    {
        fake.put(&key(writer, 0), value.as_bytes());
    }
    for odd in ["hello", "../../etc/passwd/0000000000000000", &format!("{ID}/eve@vm+internal/0000000000000000")] {
        fake.put(&format!("/warroom/{odd}"), b"x");
    }
    let (_carrier, heard) = carry(&home, &fake);
    let told = heard.wait_for("all of it", |s| s.troubles.len() >= 5);
    let all = told.troubles.join("\n");
    for word in ["drill", "internal line", "belongs to 2026-11-21-other", "FORK of x@vm", "3 keys under the prefix"] {
        assert!(all.contains(word), "{word}: {all}");
    }
    let log = home.home().join("incidents").join(ID).join("log");
    assert_eq!(fs::read_dir(log).unwrap().count(), 1, "nothing of it became a chain");
    let mut incidents: Vec<_> =
        fs::read_dir(home.home().join("incidents")).unwrap().flatten().map(|f| f.file_name()).collect();
    incidents.sort();
    assert_eq!(incidents, [ID]);
}
