//! Asking the own key: within a limit, with a word to whoever must touch or confirm when it does not answer at once.

use std::sync::mpsc::RecvTimeoutError;
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::keys::Session;
use crate::keys::Voucher;
use crate::keys::namespace;
use crate::keys::own::OwnKey;
use crate::keys::own::Reach;
use crate::keys::own::Road;
use crate::keys::own::Signed;

/// How long somebody has to touch or to confirm. Hardware keys give up after 15 to 30 s by themselves.
pub const TOUCH_LIMIT: Duration = Duration::from_secs(60);

/// A key that took longer than this has asked somebody: agents answer in milliseconds, also over a slow line.
const PROMPT_AFTER: Duration = Duration::from_millis(700);

/// A statement's signature, and whether somebody was asked for it.
#[derive(Clone, Debug)]
pub struct Word {
    /// The signature.
    pub signed: Signed,
    /// Somebody touched or confirmed, as far as can be told: a hardware key was touched, or the answer took a while.
    pub asked: bool,
}

/// Has the own key sign a statement. `say` is called once with what is awaited: at once for a hardware key, else when no answer
/// has come for a while.
///
/// # Errors
/// Why it did not sign, in a sentence.
pub fn ask(own: &OwnKey, statement: &str, limit: Duration, mut say: impl FnMut(&str)) -> Result<Word, String> {
    let hardware = own.key().kind().is_hardware();
    let (answer, answered) = sync_channel(1);
    let begun = Instant::now();
    let signed = thread::scope(|scope| {
        scope.spawn(move || {
            // Somebody listens until the end of this scope.
            drop(answer.send(own.sign(namespace::STATEMENT, statement.as_bytes(), limit)));
        });
        match answered.recv_timeout(if hardware { Duration::ZERO } else { PROMPT_AFTER }) {
            Err(RecvTimeoutError::Timeout) => {
                say(own.awaited());
                answered.recv().ok()
            }
            other => other.ok(),
        }
    });
    let signed = signed.ok_or("it did not answer")?.map_err(|why| why.to_string())?;
    let asked = signed.signer.touched.unwrap_or_else(|| begun.elapsed() > PROMPT_AFTER);
    Ok(Word { signed, asked })
}

/// Has the own key vouch for a session key; whether somebody was asked.
///
/// # Errors
/// Why it did not, in a sentence.
pub fn vouch(own: &OwnKey, session: &mut Session, limit: Duration, say: impl FnMut(&str)) -> Result<(), String> {
    let statement = session.delegation().text();
    let word = ask(own, &statement, limit, say)?;
    accept(session, own, statement, word)
}

/// Takes the own key's word for a session, if it counts.
pub(super) fn accept(session: &mut Session, own: &OwnKey, statement: String, word: Word) -> Result<(), String> {
    if word.signed.signer.touched == Some(false) {
        return Err("nobody touched the hardware key; its word would not count".to_owned());
    }
    session.asks = word.asked;
    session.voucher = Some(Voucher { own: own.key().clone(), statement, sig: word.signed.sig });
    Ok(())
}

/// Why a word of this kind does not do for an approval: a forwarded agent that asks nobody signs for root on this machine too.
#[must_use]
pub fn too_easy(own: &OwnKey, word: &Word) -> Option<&'static str> {
    let forwarded = matches!(own.road(), Road::Agent { reach: Reach::Forwarded, .. });
    if word.signed.signer.touched == Some(false) {
        return Some("nobody touched the hardware key");
    }
    (forwarded && !word.asked).then_some(
        "your agent is forwarded and signed without asking you, as it would for root on this machine; add the key with `ssh-add -c` at your end, or use a hardware key",
    )
}
