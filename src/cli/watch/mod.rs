//! The headless twin of the console: the same model and the same judgement, told in lines or JSON. Writes nothing.

mod eyes;
mod picture;
mod plain;

pub use eyes::{Eyes, look_round};
pub use picture::Picture;
pub use plain::{changes, whole};
