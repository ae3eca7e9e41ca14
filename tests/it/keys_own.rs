//! Own keys of every kind over every road, against the real ssh-keygen and ssh-agent: each signs what the stock tool accepts,
//! or is refused with the reason. Hardware keys are played in software.

use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use rstest::rstest;
use warroom::keys::Key;
use warroom::keys::namespace;
use warroom::keys::own::Named;
use warroom::keys::own::OwnKey;
use warroom::keys::own::Places;
use warroom::keys::own::Reach;
use warroom::keys::own::Road;
use warroom::keys::own::find;
use warroom::keys::own::reach;

use crate::support::own_keys::HardwareKey;
use crate::support::own_keys::Manner;
use crate::support::own_keys::PlayedAgent;
use crate::support::own_keys::StockAgent;
use crate::support::signer::Signer;
use crate::support::signer::stock_accepts;

const LIMIT: Duration = Duration::from_secs(20);
const STATEMENT: &[u8] = b"warroom delegation v1\nincident: 2026-11-21-finality-stall\n";

fn by_agent(socket: PathBuf) -> Places {
    Places { agent: Some(socket), ..Places::default() }
}

fn by_file(file: PathBuf) -> Places {
    Places { named: Some((Named::File(file), "WARROOM_KEY".to_owned())), ..Places::default() }
}

fn refusal(places: &Places) -> String {
    find(places).unwrap_err().to_string()
}

/// It signs what the stock tool accepts.
fn signs(own: &OwnKey) {
    let signed = own.sign(namespace::STATEMENT, STATEMENT, LIMIT).unwrap();
    assert_eq!(&signed.signer.key, own.key());
    assert!(!signed.sig.contains('\n'));
    assert!(stock_accepts(own.key(), &signed.sig, namespace::STATEMENT, STATEMENT));
    assert!(!stock_accepts(own.key(), &signed.sig, namespace::STATEMENT, b"another"));
}

#[rstest]
#[case(&["ed25519"])]
#[case(&["ecdsa", "-b", "256"])]
#[case(&["ecdsa", "-b", "384"])]
#[case(&["ecdsa", "-b", "521"])]
#[case(&["rsa", "-b", "2048"])]
fn every_kind_signs_through_the_agent_and_through_ssh_keygen(#[case] made: &[&str]) {
    let signer = Signer::made(made);
    let agent = StockAgent::with(&[signer.file()], None);
    let own = find(&by_agent(agent.socket())).unwrap();
    assert_eq!(own.key(), &Key::parse(&signer.public()).unwrap());
    assert!(matches!(own.road(), Road::Agent { reach: Reach::Local, .. }), "{:?}", own.road());
    signs(&own);
    for file in [signer.file(), signer.file().with_extension("pub")] {
        let own = find(&by_file(file)).unwrap();
        assert_eq!(own.road(), &Road::Keygen(signer.file()));
        signs(&own);
    }
    // Named and in the agent: the agent it is, also where the private file is gone.
    std::fs::remove_file(signer.file()).unwrap();
    let named = Places { agent: Some(agent.socket()), ..by_file(signer.file().with_extension("pub")) };
    assert!(matches!(find(&named).unwrap().road(), Road::Agent { .. }));
    let why = refusal(&by_file(signer.file().with_extension("pub")));
    assert!(why.contains("is not in the agent, and no private key file is named; add it with ssh-add"), "{why}");
}

#[rstest]
#[case(&["ed25519"], None)]
#[case(&["ecdsa"], Some("holds a ecdsa-sha2-nistp256 key, which only an agent or ssh-keygen can sign with"))]
#[case(&["rsa"], Some("holds a ssh-rsa key, which only an agent or ssh-keygen can sign with"))]
fn without_any_tool_an_unencrypted_ed25519_file_signs_and_others_are_refused(
    #[case] made: &[&str],
    #[case] refused: Option<&str>,
) {
    let signer = Signer::made(made);
    let own = OwnKey::of_file(Key::parse(&signer.public()).unwrap(), signer.file());
    match refused {
        None => signs(&own),
        Some(why) => {
            let said = own.sign(namespace::STATEMENT, STATEMENT, LIMIT).unwrap_err().to_string();
            assert!(said.contains(why), "{said}");
        }
    }
}

#[rstest]
#[case(HardwareKey::ed25519(), Manner::Touched, Some(true), Some(false))]
#[case(HardwareKey::ecdsa(), Manner::Touched, Some(true), Some(false))]
#[case(HardwareKey::ed25519(), Manner::TouchedWithPin, Some(true), Some(true))]
#[case(HardwareKey::ed25519(), Manner::Untouched, Some(false), Some(false))]
#[case(HardwareKey::ecdsa(), Manner::Untouched, Some(false), Some(false))]
fn a_hardware_key_signs_through_the_agent_and_its_touch_is_told(
    #[case] hardware: HardwareKey,
    #[case] manner: Manner,
    #[case] touched: Option<bool>,
    #[case] pin: Option<bool>,
) {
    let agent = PlayedAgent::new(hardware, manner);
    let own = find(&by_agent(agent.socket())).unwrap();
    assert_eq!(own.awaited(), "touch your hardware key");
    let signed = own.sign(namespace::STATEMENT, STATEMENT, LIMIT).unwrap();
    assert_eq!((signed.signer.touched, signed.signer.pin, signed.signer.counter), (touched, pin, Some(42)));
    // The stock tool takes it either way, which is why we look ourselves.
    assert!(stock_accepts(own.key(), &signed.sig, namespace::STATEMENT, STATEMENT));
}

#[rstest]
#[case(Manner::Refuses, "the agent refused (declined, not touched in time, locked, or the key is gone from it)")]
#[case(Manner::Hangs, "no answer within 0 s: nobody touched or confirmed")]
#[case(Manner::SignsSomethingElse, "no signature by this key")]
fn an_agent_that_does_not_sign_is_told_and_never_waited_for(#[case] manner: Manner, #[case] why: &str) {
    let agent = PlayedAgent::new(HardwareKey::ed25519(), manner);
    let own = find(&by_agent(agent.socket())).unwrap();
    let said = own.sign(namespace::STATEMENT, STATEMENT, Duration::from_millis(300)).unwrap_err().to_string();
    assert!(said.contains(why), "{said}");
}

#[test]
fn the_roster_says_which_of_the_agents_keys_is_meant() {
    let (first, second, other) = (Signer::new(), Signer::new(), Signer::new());
    let agent = StockAgent::with(&[first.file(), second.file()], None);
    let key = |s: &Signer| Key::parse(&s.public()).unwrap();
    assert_eq!(find(&by_agent(agent.socket())).unwrap().key(), &key(&first));
    let places = Places { roster: vec![key(&other), key(&second)], ..by_agent(agent.socket()) };
    assert_eq!(find(&places).unwrap().key(), &key(&second));
    let places = Places { roster: vec![key(&other)], ..by_agent(agent.socket()) };
    let why = refusal(&places);
    assert!(why.contains(&key(&first).fingerprint()) && why.contains("none of which the roster gives you"), "{why}");
    for named in [Named::Fingerprint(key(&second).fingerprint()), Named::Key(key(&second))] {
        let places = Places { named: Some((named, "WARROOM_KEY".to_owned())), ..by_agent(agent.socket()) };
        assert_eq!(find(&places).unwrap().key(), &key(&second));
    }
}

#[test]
fn without_a_key_the_reason_says_what_to_do() {
    assert!(refusal(&Places::default()).contains("no agent runs here (SSH_AUTH_SOCK) and none is named"));
    let folder = tempfile::tempdir().unwrap();
    let why = refusal(&by_agent(folder.path().join("gone")));
    assert!(why.contains("no agent answers at"), "{why}");
    let empty = StockAgent::with(&[], None);
    let why = refusal(&by_agent(empty.socket()));
    assert!(why.contains("holds no key; add yours with ssh-add"), "{why}");
    let why = refusal(&by_file(folder.path().join("id")));
    assert!(why.starts_with("WARROOM_KEY: ") && why.contains("cannot be read"), "{why}");
    std::fs::write(folder.path().join("id"), "hello").unwrap();
    let why = refusal(&by_file(folder.path().join("id")));
    assert!(why.contains("not an OpenSSH public key"), "{why}");
}

#[test]
fn an_agent_that_only_holds_certificates_is_refused_with_the_reason() {
    let (authority, signer) = (Signer::new(), Signer::new());
    let certificate = authority.certify(&signer);
    let why = refusal(&by_file(certificate));
    assert!(why.contains("is a certificate"), "{why}");
}

#[test]
fn an_encrypted_key_is_not_asked_about_and_works_once_an_agent_holds_it() {
    let signer = Signer::encrypted("correct horse");
    let own = find(&by_file(signer.file())).unwrap();
    assert_eq!(own.key(), &Key::parse(&signer.public()).unwrap(), "its public half is readable all the same");
    let why = own.sign(namespace::STATEMENT, STATEMENT, LIMIT).unwrap_err().to_string();
    assert!(why.contains("encrypted") && why.contains("ssh-add"), "{why}");
    let own = OwnKey::of_file(own.key().clone(), signer.file());
    let why = own.sign(namespace::STATEMENT, STATEMENT, LIMIT).unwrap_err().to_string();
    assert!(why.contains("is encrypted; put it into an agent with ssh-add"), "{why}");
}

/// A program that stands for the owner's answer when the agent asks.
fn answering(folder: &Path, answer: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let file = folder.join("ask");
    std::fs::write(&file, format!("#!/bin/sh\n{answer}\n")).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    file
}

#[rstest]
#[case("exit 0", true)]
#[case("exit 1", false)]
fn an_agent_that_confirms_is_waited_for_and_its_no_is_a_no(#[case] answer: &str, #[case] yes: bool) {
    let (folder, signer) = (tempfile::tempdir().unwrap(), Signer::new());
    let agent = StockAgent::with(&[signer.file()], Some(&answering(folder.path(), answer)));
    // The file lies there unencrypted: a refused agent is never gone around.
    let own = find(&Places { agent: Some(agent.socket()), ..by_file(signer.file()) }).unwrap();
    match own.sign(namespace::STATEMENT, STATEMENT, LIMIT) {
        Ok(signed) => assert!(yes && signed.signer.touched.is_none()),
        Err(why) => assert!(!yes && why.to_string().contains("the agent refused"), "{why}"),
    }
}

#[rstest]
#[case("/home/a/.ssh/agent/s.A1b2C3d4E5.sshd.Z9y8X7w6V5", true, Reach::Forwarded)]
#[case("/home/a/.ssh/agent/s.A1b2C3d4E5.agent.Z9y8X7w6V5", true, Reach::Unknown)]
#[case("/run/user/1000/keyring/ssh", false, Reach::Local)]
#[case("/run/user/1000/keyring/ssh", true, Reach::Unknown)]
fn what_can_be_known_of_a_forwarded_agent(#[case] socket: &str, #[case] over_ssh: bool, #[case] is: Reach) {
    assert_eq!(reach(Path::new(socket), over_ssh), is);
}

#[test]
fn where_signatures_are_required_only_a_key_of_the_roster_signs_and_a_revoked_one_never() {
    let signer = Signer::new();
    let agent = StockAgent::with(&[signer.file()], None);
    let own = Key::parse(&signer.public()).unwrap();
    let strict = Places { only_roster: true, ..by_agent(agent.socket()) };
    assert!(refusal(&strict).contains("does not give you"));
    assert!(find(&Places { roster: vec![own.clone()], ..strict.clone() }).is_ok());
    let out = refusal(&Places { roster: vec![own.clone()], revoked: vec![own], ..strict });
    assert!(out.contains("`revoked`"), "{out}");
}
