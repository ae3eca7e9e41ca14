//! The own key vouches for a session key, or says yes to a statement; how long that took tells whether somebody was asked.

use std::time::Duration;
use std::time::Instant;

use crate::keys::Session;
use crate::keys::Voucher;
use crate::keys::namespace;
use crate::keys::own::OwnKey;
use crate::keys::own::SignError;

/// How long somebody has to touch or to confirm. Hardware keys give up after 15 to 30 s by themselves.
pub const TOUCH_LIMIT: Duration = Duration::from_secs(60);

/// A key that took longer than this has asked somebody: agents answer in milliseconds, also over a slow line.
pub const PROMPT_AFTER: Duration = Duration::from_millis(700);

/// A voucher, and whether somebody was asked for it.
#[derive(Clone, Debug)]
pub struct Vouched {
    /// What `key.delegated` carries.
    pub voucher: Voucher,
    /// Somebody touched or confirmed.
    pub asked: bool,
}

/// Has the own key sign the session's delegation, within `limit`.
///
/// # Errors
/// Why it did not, in a sentence.
pub fn vouch(own: &OwnKey, session: &Session, limit: Duration) -> Result<Vouched, SignError> {
    let statement = session.delegation().text();
    let begun = Instant::now();
    let signed = own.sign(namespace::STATEMENT, statement.as_bytes(), limit)?;
    let asked = own.key().kind().is_hardware() || begun.elapsed() > PROMPT_AFTER;
    Ok(Vouched { voucher: Voucher { own: own.key().clone(), statement, sig: signed.sig }, asked })
}
