//! SSHSIG against the real ssh-keygen: what it signs is read here, what is signed here is accepted there, and what must be
//! refused is refused with its reason.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rstest::rstest;
use warroom::keys::Key;
use warroom::keys::KeyKind;
use warroom::keys::SessionKey;
use warroom::keys::SigError;
use warroom::keys::Signature;
use warroom::keys::namespace;
use warroom::keys::sshsig::armoured;
use warroom::keys::sshsig::verify;

use crate::support::signer::Signer;
use crate::support::signer::stock_accepts;

const MESSAGE: &str = "{\"v\":1,\"seq\":7,\"text\":\"Größe ≥ 2\"}";

#[rstest]
#[case(&["ed25519"], KeyKind::Ed25519)]
#[case(&["ecdsa", "-b", "256"], KeyKind::EcdsaP256)]
#[case(&["ecdsa", "-b", "384"], KeyKind::EcdsaP384)]
#[case(&["ecdsa", "-b", "521"], KeyKind::EcdsaP521)]
#[case(&["rsa", "-b", "2048"], KeyKind::Rsa)]
#[case(&["rsa", "-b", "3072"], KeyKind::Rsa)]
fn what_ssh_keygen_signs_is_read_here(#[case] made: &[&str], #[case] kind: KeyKind) {
    let signer = Signer::made(made);
    let sig = signer.sign(namespace::LOG, MESSAGE);
    for text in [sig.clone(), armoured(&sig)] {
        let found = verify(&text, namespace::LOG, MESSAGE.as_bytes()).unwrap();
        assert_eq!(found.key, Key::parse(&signer.public()).unwrap());
        assert_eq!(found.key.kind(), kind);
        assert_eq!((found.touched, found.pin, found.counter), (None, None, None));
    }
    assert_eq!(verify(&sig, namespace::LOG, b"other"), Err(SigError::False));
    let why = verify(&sig, namespace::STATEMENT, MESSAGE.as_bytes()).unwrap_err().to_string();
    assert!(why.contains("signed for `warroom-log@v1`, not for `warroom-statement@v1`"), "{why}");
}

#[test]
fn what_a_session_key_signs_the_stock_tool_accepts_for_that_purpose_and_these_bytes_only() {
    let session = SessionKey::generate().unwrap();
    let sig = session.sign(namespace::LOG, MESSAGE.as_bytes());
    assert!(!sig.contains('\n'));
    assert!(stock_accepts(session.key(), &sig, namespace::LOG, MESSAGE.as_bytes()));
    assert!(!stock_accepts(session.key(), &sig, namespace::LOG, b"other"));
    assert!(!stock_accepts(session.key(), &sig, namespace::STATEMENT, MESSAGE.as_bytes()));
    assert_eq!(&verify(&sig, namespace::LOG, MESSAGE.as_bytes()).unwrap().key, session.key());
    let again = SessionKey::from_seed([7; 32]).unwrap();
    assert_eq!(again.sign(namespace::LOG, b"x"), SessionKey::from_seed([7; 32]).unwrap().sign(namespace::LOG, b"x"));
    assert!(!format!("{again:?}").contains(&STANDARD.encode([7; 32])));
}

#[test]
fn a_key_has_one_form_and_the_fingerprint_ssh_keygen_shows() {
    for made in [&["ed25519"] as &[_], &["ecdsa"], &["rsa"]] {
        let signer = Signer::made(made);
        let key = Key::parse(&format!("  {} and a comment\n", signer.public())).unwrap();
        let words: Vec<String> = signer.public().split(' ').take(2).map(str::to_owned).collect();
        assert_eq!(**key.line(), words.join(" "));
        let shown = Command::new("ssh-keygen").arg("-lf").arg(signer.file()).output().unwrap();
        let shown = String::from_utf8(shown.stdout).unwrap();
        assert!(shown.contains(&key.fingerprint()), "{shown}");
    }
}

#[rstest]
#[case("", "a key is one line")]
#[case("ssh-ed25519", "second word")]
#[case("ssh-ed25519 AAAA\nssh-ed25519 AAAA", "a key is one line")]
#[case("-----BEGIN OPENSSH PRIVATE KEY----- c2VjcmV0", "PRIVATE key")]
#[case("ssh-ed25519 AAAAC3Nz", "cut off")]
#[case("restrict ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMOzqp5S4J5P81A3gTdq1BlRKsWbcXrRNO4AsWhUVj6h", "not whole base64")]
#[case("ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIMOzqp5S4J5P81A3gTdq1BlRKsWbcXrRNO4AsWhUVj6h", "first word is not the kind")]
#[case("ssh-dss AAAAB3NzaC1kc3MAAAAA", "keys of kind `ssh-dss` are not accepted; these are: ssh-ed25519,")]
fn what_is_no_key_is_refused_with_the_reason(#[case] line: &str, #[case] why: &str) {
    let said = Key::parse(line).unwrap_err().to_string();
    assert!(said.contains(why), "{said}");
}

#[test]
fn weak_rsa_keys_are_refused() {
    let signer = Signer::made(&["rsa", "-b", "1024"]);
    let why = Key::parse(&signer.public()).unwrap_err().to_string();
    assert!(why.contains("it has 1024 bits; 2048 to 8192 are accepted"), "{why}");
    let why = verify(&signer.sign("x", "y"), "x", b"y").unwrap_err().to_string();
    assert!(why.contains("1024 bits"), "{why}");
}

#[test]
fn certificates_are_refused_with_the_reason() {
    let (authority, signer) = (Signer::new(), Signer::new());
    let line = std::fs::read_to_string(authority.certify(&signer)).unwrap();
    let why = Key::parse(&line).unwrap_err().to_string();
    assert!(why.contains("ssh-ed25519-cert-v01@openssh.com` is a certificate"), "{why}");
    let why = Signature::parse(&signer.sign_as("key-cert.pub", namespace::PEER, "x")).unwrap_err().to_string();
    assert!(why.contains("is a certificate"), "{why}");
}

/// The fields of an envelope, to be put together wrongly.
fn envelope(version: u32, namespace: &str, reserved: &str, hash: &str, more: &[u8]) -> String {
    let session = SessionKey::from_seed([1; 32]).unwrap();
    let string = |out: &mut Vec<u8>, s: &[u8]| {
        out.extend_from_slice(&u32::try_from(s.len()).unwrap().to_be_bytes());
        out.extend_from_slice(s);
    };
    let mut bytes = b"SSHSIG".to_vec();
    bytes.extend_from_slice(&version.to_be_bytes());
    for field in [session.key().blob(), namespace.as_bytes(), reserved.as_bytes(), hash.as_bytes(), b"sig"] {
        string(&mut bytes, field);
    }
    bytes.extend_from_slice(more);
    STANDARD.encode(bytes)
}

#[rstest]
#[case(envelope(2, "a", "", "sha512", b""), "version 2; only version 1")]
#[case(envelope(0, "a", "", "sha512", b""), "version 0")]
#[case(envelope(1, "", "", "sha512", b""), "names no purpose")]
#[case(envelope(1, "a\0b", "", "sha512", b""), "not text")]
#[case(envelope(1, "a", "tag", "sha512", b""), "3 reserved bytes")]
#[case(envelope(1, "a", "", "sha1", b""), "hashes with `sha1`")]
#[case(envelope(1, "a", "", "SHA512", b""), "hashes with `SHA512`")]
#[case(envelope(1, "a", "", "sha512", b"x"), "bytes follow its end")]
#[case("U1NIU0lH".to_owned(), "cut off")]
#[case("bm90IGEgc2lnbmF0dXJl".to_owned(), "does not begin with SSHSIG")]
#[case("%%%".to_owned(), "not whole base64")]
#[case("-----BEGIN SSH SIGNATURE-----\nU1NI".to_owned(), "END SSH SIGNATURE, is missing")]
#[case("A".repeat(9000), "longer than 8 KiB")]
fn what_is_no_signature_is_refused_with_the_reason(#[case] text: String, #[case] why: &str) {
    let said = Signature::parse(&text).unwrap_err().to_string();
    assert!(said.contains(why), "{said}");
}

#[test]
fn two_signatures_in_one_text_are_refused() {
    let session = SessionKey::from_seed([2; 32]).unwrap();
    let one = armoured(&session.sign("a", b"x"));
    assert!(Signature::parse(&one).is_ok());
    assert!(Signature::parse(&format!("{one}{one}")).is_err());
}
