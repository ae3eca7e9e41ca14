//! Signing for people: where their own key is, the session that signs lines in one incident, and the statements own keys sign.

mod session;
mod sessions;
mod surroundings;
mod vouch;

pub use session::{ForVerb, NoSession, session_for_verb};
pub use sessions::{Sessions, SessionsError, is_ending};
pub use surroundings::KeySurroundings;
pub use vouch::{PROMPT_AFTER, TOUCH_LIMIT, Vouched, vouch};
