//! What things look like: panes name roles, themes give roles their style, files give themes.
//! No meaning by colour alone: the words and signs are there in every theme.

mod built_in;
mod parse;
mod role;

pub use built_in::{BUILT_IN, built_in, choose};
pub use parse::ThemeError;
pub use role::{Role, Theme};
