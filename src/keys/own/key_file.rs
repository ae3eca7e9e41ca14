//! Files of ssh-keygen: the public half of any, and the private half of unencrypted ed25519 ones (`openssh-key-v1`).
//! Signing with such a file is the last resort, where neither an agent nor ssh-keygen is at hand.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use crate::keys::fault::KeyError;
use crate::keys::key::Key;
use crate::keys::kind::KeyKind;
use crate::keys::session::SessionKey;
use crate::keys::wire::Reader;
use crate::keys::wire::WireError;

/// Longest file that is read; a private RSA key of 8,192 bits takes 7 KiB. A longer one is refused.
const MAX_FILE: u64 = 32 * 1024;

const BEGIN: &str = "-----BEGIN OPENSSH PRIVATE KEY-----";
const END: &str = "-----END OPENSSH PRIVATE KEY-----";
const MAGIC: &[u8] = b"openssh-key-v1\0";

/// Why a file is of no use, with its name.
#[derive(Debug, Error)]
#[error("{file}: {why}")]
pub struct FileError {
    file: PathBuf,
    why: Why,
}

#[derive(Debug, Error)]
enum Why {
    #[error("cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Key(#[from] KeyError),
    #[error("is no key file of OpenSSH ({0})")]
    Form(#[from] WireError),
    #[error("is no key file of OpenSSH; `ssh-keygen -p -f FILE` writes one anew in today's form")]
    Foreign,
    #[error(
        "holds an older form of private key and there is no .pub file beside it; `ssh-keygen -y -f FILE > FILE.pub` makes it"
    )]
    Old,
    #[error("is encrypted; put it into an agent with ssh-add")]
    Encrypted,
    #[error("holds a {0} key, which only an agent or ssh-keygen can sign with; put it into an agent with ssh-add")]
    Kind(&'static str),
}

/// The public half: from a .pub file, or from the private file, encrypted or not.
pub(super) fn public(file: &Path) -> Result<Key, FileError> {
    let told = |why: Why| FileError { file: file.to_owned(), why };
    let text = read(file).map_err(told)?;
    if !text.contains("PRIVATE KEY-----") {
        return Key::parse(&text).map_err(|why| told(why.into()));
    }
    let blob = openssh(&text).and_then(|bytes| Ok(Opened::read(&bytes)?.public.to_vec()));
    match blob {
        Ok(blob) => Key::from_blob(&blob).map_err(|why| told(why.into())),
        Err(_) => beside(file).ok_or_else(|| told(Why::Old)),
    }
}

/// The .pub file beside a private one.
fn beside(file: &Path) -> Option<Key> {
    let mut name = file.as_os_str().to_owned();
    name.push(".pub");
    Key::parse(&read(Path::new(&name)).ok()?).ok()
}

/// The private half of an ed25519 key that is not encrypted.
pub(super) fn private(file: &Path) -> Result<SessionKey, FileError> {
    let told = |why: Why| FileError { file: file.to_owned(), why };
    let bytes = read(file).and_then(|text| openssh(&text)).map_err(told)?;
    Opened::read(&bytes).map_err(|why| told(why.into()))?.secret().map_err(told)
}

fn read(file: &Path) -> Result<String, Why> {
    let mut text = String::new();
    let length = File::open(file)?.take(MAX_FILE + 1).read_to_string(&mut text)?;
    if u64::try_from(length).unwrap_or(u64::MAX) > MAX_FILE { Err(Why::Foreign) } else { Ok(text) }
}

/// The bytes between the armour's lines.
fn openssh(text: &str) -> Result<Vec<u8>, Why> {
    let inner = text.trim().strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(END)).ok_or(Why::Foreign)?;
    let bare: String = inner.split_ascii_whitespace().collect();
    STANDARD.decode(bare).map_err(|_| Why::Foreign)
}

/// The parts of the file (PROTOCOL.key of OpenSSH).
struct Opened<'a> {
    encrypted: bool,
    public: &'a [u8],
    private: &'a [u8],
}

impl<'a> Opened<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new(bytes);
        if reader.take(MAGIC.len())? != MAGIC {
            return Err(WireError::Cut);
        }
        let encrypted = reader.text()? != "none";
        let _kdf = reader.string()?;
        let _options = reader.string()?;
        // One key a file is all that ssh-keygen ever wrote.
        if reader.number()? != 1 {
            return Err(WireError::Trailing);
        }
        Ok(Self { encrypted, public: reader.string()?, private: reader.string()? })
    }

    fn secret(&self) -> Result<SessionKey, Why> {
        if self.encrypted {
            return Err(Why::Encrypted);
        }
        let key = Key::from_blob(self.public)?;
        if key.kind() != KeyKind::Ed25519 {
            return Err(Why::Kind(key.kind().as_str()));
        }
        let mut reader = Reader::new(self.private);
        let (check, again) = (reader.number()?, reader.number()?);
        let kind = reader.text()?;
        let _public = reader.string()?;
        let pair = reader.string()?;
        let seed = pair.first_chunk::<32>().filter(|_| check == again && kind == key.kind().as_str());
        let secret = SessionKey::from_seed(*seed.ok_or(Why::Foreign)?).map_err(|_| Why::Foreign)?;
        if *secret.key() == key { Ok(secret) } else { Err(Why::Foreign) }
    }
}
