//! A person's own key, wherever they hold it: in an agent, behind ssh-keygen, in a file. It signs statements, never lines.

mod agent;
mod find;
mod forwarded;
mod key_file;
mod keygen;
mod named;
mod own_key;
mod within;

pub use agent::{Agent, AgentError, Identity};
pub use find::{OwnKeyError, Places, find, read_public};
pub use forwarded::{Reach, reach};
pub use named::Named;
pub use own_key::{OwnKey, Road, SignError, Signed};
