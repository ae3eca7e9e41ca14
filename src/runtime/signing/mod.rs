//! Signing for people: where their own key is, the session that signs lines in one incident, and the statements own keys sign.

mod desk;
mod session;
mod sessions;
mod surroundings;
mod vouch;

pub use desk::{SigningDesk, Told, Wanted};
pub use session::{ForVerb, NoSession, session_for_verb, verb_limit};
pub use sessions::{Sessions, is_ending};
pub use surroundings::KeySurroundings;
pub use vouch::{TOUCH_LIMIT, ask, too_easy, vouch};
