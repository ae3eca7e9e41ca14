//! Agreement with the stock tool: signatures of every kind, damaged in every way, are accepted here exactly when ssh-keygen accepts
//! them. `WARROOM_SSHSIG_MUTATIONS=10000` for the whole count; a check by ssh-keygen takes some 13 ms.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest;
use warroom::keys::Key;
use warroom::keys::namespace;
use warroom::keys::sshsig::verify;

use crate::support::chance::Chance;
use crate::support::own_keys::HardwareKey;
use crate::support::own_keys::TOUCHED;
use crate::support::own_keys::string;
use crate::support::signer::Signer;
use crate::support::signer::stock_accepts;

const MESSAGE: &[u8] = b"warroom approval v1\nincident: x\n";

/// Mutations in the ordinary run.
const ORDINARY: usize = 300;

/// A signature of every kind, as bytes.
fn originals() -> Vec<(Key, Vec<u8>)> {
    let kinds: [&[&str]; 5] = [
        &["ed25519"],
        &["ecdsa", "-b", "256"],
        &["ecdsa", "-b", "384"],
        &["ecdsa", "-b", "521"],
        &["rsa", "-b", "2048"],
    ];
    let text = std::str::from_utf8(MESSAGE).unwrap();
    let stock = kinds.into_iter().map(|made| {
        let signer = Signer::made(made);
        let sig = STANDARD.decode(signer.sign(namespace::STATEMENT, text)).unwrap();
        (Key::parse(&signer.public()).unwrap(), sig)
    });
    let hardware =
        [HardwareKey::ed25519(), HardwareKey::ecdsa()].map(|h| (h.key(), by_hardware(&h, "sha512", TOUCHED)));
    stock.chain(hardware).collect()
}

/// The envelope around what a hardware key makes, put together from PROTOCOL.sshsig.
fn by_hardware(hardware: &HardwareKey, hash: &str, flags: u8) -> Vec<u8> {
    let how = if hash == "sha256" { &digest::SHA256 } else { &digest::SHA512 };
    let mut data = b"SSHSIG".to_vec();
    for field in [namespace::STATEMENT.as_bytes(), b"", hash.as_bytes(), digest::digest(how, MESSAGE).as_ref()] {
        string(&mut data, field);
    }
    let mut bytes = b"SSHSIG\0\0\0\x01".to_vec();
    let made = hardware.make(&data, flags);
    for field in [hardware.key().blob(), namespace::STATEMENT.as_bytes(), b"", hash.as_bytes(), &made] {
        string(&mut bytes, field);
    }
    bytes
}

/// Damages bytes somehow; sometimes not at all.
fn damage(bytes: &mut Vec<u8>, chance: &mut Chance) -> &'static str {
    let at = chance.below(bytes.len());
    match chance.below(9) {
        0 => "nothing",
        1 | 2 => {
            bytes[at] ^= 1 << chance.below(8);
            "a bit turned"
        }
        3 => {
            bytes[at] = u8::try_from(chance.below(256)).unwrap();
            "a byte replaced"
        }
        4 => {
            bytes.truncate(at);
            "cut off"
        }
        5 => {
            bytes.insert(at, u8::try_from(chance.below(256)).unwrap());
            "a byte put in"
        }
        6 => {
            bytes.remove(at);
            "a byte taken out"
        }
        7 => {
            let other = chance.below(bytes.len());
            bytes.swap(at, other);
            "two bytes swapped"
        }
        _ => {
            let more: Vec<u8> = (0..=chance.below(8)).map(|_| u8::try_from(chance.below(256)).unwrap()).collect();
            bytes.extend(more);
            "bytes added"
        }
    }
}

/// Both opinions of one signature.
fn opinions(key: &Key, sig: &[u8], message: &[u8]) -> (bool, bool) {
    let text = STANDARD.encode(sig);
    let ours = verify(&text, namespace::STATEMENT, message).is_ok_and(|signer| signer.key == *key);
    (ours, stock_accepts(key, &text, namespace::STATEMENT, message))
}

#[test]
fn damaged_signatures_of_every_kind_are_accepted_exactly_when_ssh_keygen_accepts_them() {
    let count = std::env::var("WARROOM_SSHSIG_MUTATIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(ORDINARY);
    let (originals, mut chance, mut good) = (originals(), Chance::new(2026), 0);
    for i in 0..count {
        let (key, original) = &originals[i % originals.len()];
        let (mut sig, mut message) = (original.clone(), MESSAGE.to_vec());
        // One in ten has its message damaged instead.
        let damaged = if chance.below(10) == 0 { &mut message } else { &mut sig };
        let how = damage(damaged, &mut chance);
        let (ours, stock) = opinions(key, &sig, &message);
        assert_eq!(
            ours,
            stock,
            "round {i}, {how}, by a {} key: {} (message {message:?})",
            key.kind().as_str(),
            STANDARD.encode(&sig)
        );
        good += usize::from(ours);
    }
    assert!(good > count / 50 && good < count / 2, "{good} of {count} were good: the test does not test both");
}

#[test]
fn sha256_untouched_and_needless_zeros_are_judged_as_the_stock_tool_does() {
    let hardware = HardwareKey::ecdsa();
    for (hash, flags) in [("sha256", TOUCHED), ("sha512", 0), ("sha256", 0xFF)] {
        assert_eq!(opinions(&hardware.key(), &by_hardware(&hardware, hash, flags), MESSAGE), (true, true));
    }
    assert_eq!(opinions(&hardware.key(), &by_hardware(&hardware, "sha384", TOUCHED), MESSAGE), (false, false));
}
