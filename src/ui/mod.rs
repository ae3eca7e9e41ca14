//! The view: theme, layout, text, panes, layers. Everything here takes `&`.
