//! Other operators: their status documents, read, checked and never mixed with what we measured.

pub mod model;
