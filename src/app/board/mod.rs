//! The board: what every node said lately, with age and source, and its last half hour. Pure; judgement stands beside it.

mod ring;
mod table;
mod view;

pub use ring::{RING_CAPACITY, RING_SPAN, Ring};
pub use table::Board;
pub use view::{NodeView, SignalView};
