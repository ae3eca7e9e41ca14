//! The view: theme, layout, text, panes, layers. Everything here takes `&`.

pub mod layout;
pub mod theme;
