//! What `warroom doctor` looks at, one file for each kind of thing. Looks only; mends nothing.

mod files;
mod finding;
mod keys;
mod logs;
mod machine;
mod nodes;
mod peers;
mod runbooks;
mod share;
mod terminal;

pub use files::{config, home, roster, secrets};
pub use finding::{Finding, Level};
pub use keys::keys;
pub use logs::logs;
pub use machine::{clock, disk};
pub use nodes::{discovered, hear, nodes};
pub use peers::peers;
pub use runbooks::runbooks;
pub use share::share;
pub use terminal::{Surroundings, terminal};
