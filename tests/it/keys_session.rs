//! Sessions on disk: who may read them, what is refused, and that nothing half-written is ever taken up.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use warroom::domain::statement::SESSION_MAX;
use warroom::domain::time::At;
use warroom::domain::time::Span;
use warroom::keys::Key;
use warroom::keys::Session;
use warroom::keys::own::OwnKey;
use warroom::runtime::paths::Paths;
use warroom::runtime::signing::Sessions;
use warroom::runtime::signing::TOUCH_LIMIT;
use warroom::runtime::signing::is_ending;
use warroom::runtime::signing::vouch;

use crate::support::signer::Signer;

fn at(text: &str) -> At {
    At::parse(text).unwrap()
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_session_is_kept_with_its_voucher_for_its_owner_alone() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions::of(&Paths::in_one(home.path()));
    let (incident, person, now) = ("2026-11-21-x".into(), "alice/ops".into(), at("2026-11-21T03:00:00.7Z"));
    assert!(sessions.current(&incident, &person, now).unwrap().is_none());
    let mut made = Sessions::draft(&incident, &person, now).unwrap();
    sessions.keep(&made).unwrap();
    assert_eq!((made.from, made.expires.since(made.from)), (at("2026-11-21T03:00:00Z"), SESSION_MAX));
    let file = sessions.file(&incident, &person);
    assert_eq!((mode(sessions.folder()), mode(&file)), (0o700, 0o600));
    let above = sessions.folder().parent().unwrap();
    assert_ne!(mode(above), 0o700, "state may be shared by other accounts (unless this one's umask keeps them out)");
    let signer = Signer::new();
    let own = OwnKey::of_file(Key::parse(&signer.public()).unwrap(), signer.file());
    vouch(&own, &mut made, TOUCH_LIMIT, |_| {}).unwrap();
    sessions.keep(&made).unwrap();
    let found = sessions.current(&incident, &person, now).unwrap().unwrap();
    assert_eq!(found.key.key(), made.key.key());
    assert_eq!(found.voucher, made.voucher);
    assert_eq!(sessions.all().len(), 1);
    assert_eq!(std::fs::read_dir(sessions.folder()).unwrap().count(), 1, "nothing half-written is left");
    // Its end, and a little before.
    assert!(!is_ending(&made, now) && is_ending(&made, made.expires.plus(Span::from_mins(-1))));
    assert!(sessions.current(&incident, &person, made.expires).unwrap().is_none());
    assert!(sessions.current(&incident, &person, made.from.plus(Span::from_secs(-1))).unwrap().is_none());
    assert!(sessions.current(&incident, &"bob".into(), now).unwrap().is_none());
    sessions.tidy(now);
    assert_eq!(sessions.all().len(), 1);
    sessions.tidy(made.expires);
    assert!(sessions.all().is_empty() && !sessions.forget(&incident, &person).unwrap());
}

#[test]
fn a_session_that_others_can_read_or_that_is_none_is_refused_with_the_way_out() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions::of(&Paths::in_one(home.path()));
    let (incident, person, now) = ("x".into(), "alice".into(), at("2026-11-21T03:00:00Z"));
    sessions.keep(&Sessions::draft(&incident, &person, now).unwrap()).unwrap();
    let file = sessions.file(&incident, &person);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let why = Session::load(&file).unwrap_err().to_string();
    assert!(why.contains("others can read this session key; remove the file"), "{why}");
    let text = std::fs::read_to_string(&file).unwrap();
    for (other, why) in [
        ("{".to_owned(), "is no session"),
        (text.replace("\"v\":1", "\"v\":2"), "version 2"),
        (text.replace("\"seed\":\"", "\"seed\":\"AAAA"), "holds no key"),
        (text.replace('}', ",\"statement\":\"warroom delegation v1\\n\",\"sig\":\"AAAA\"}"), "cannot be read"),
    ] {
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, other).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let said = Session::load(&file).unwrap_err().to_string();
        assert!(said.contains(why) && said.contains("remove the file"), "{said}");
        assert!(sessions.all().iter().any(|(_, s)| s.is_err()));
    }
}

#[test]
fn a_voucher_for_another_session_is_not_taken() {
    let home = tempfile::tempdir().unwrap();
    let sessions = Sessions::of(&Paths::in_one(home.path()));
    let now = at("2026-11-21T03:00:00Z");
    let signer = Signer::new();
    let own = OwnKey::of_file(Key::parse(&signer.public()).unwrap(), signer.file());
    let mut one = Sessions::draft(&"x".into(), &"alice".into(), now).unwrap();
    let mut other = Sessions::draft(&"y".into(), &"alice".into(), now).unwrap();
    vouch(&own, &mut other, TOUCH_LIMIT, |_| {}).unwrap();
    one.voucher = other.voucher;
    sessions.keep(&one).unwrap();
    let why = sessions.current(&"x".into(), &"alice".into(), now).unwrap_err().to_string();
    assert!(why.contains("its delegation is not for this key, person and incident"), "{why}");
}
