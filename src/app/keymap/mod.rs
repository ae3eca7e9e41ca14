//! Keys as data: one table from which the key line, the help screen and the lookup are made.
//! Must not know of any terminal library: the runtime turns its key events into [`Key`].

mod action;
mod key;
mod lookup;
mod table;

pub use action::{Action, DrillKey, EditKey, LayerKey, Opening, PaneKey, Scroll, StepKey};
pub use key::Key;
pub use lookup::{Binding, Context, bindings, key_for, lookup};
