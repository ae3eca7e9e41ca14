//! Steps run outside the console: one process for each, which outlives a dropped line and a killed console.

mod attempt;
mod capture;
mod claim;
mod files;
mod process;
mod redact;
mod scan;
mod spec;
mod start;
mod supervise;
mod view;

pub use attempt::GRACE;
pub use capture::{KEPT_HEAD, KEPT_TAIL};
pub use claim::{Claim, claim};
pub use files::{PidFile, step_dir};
pub use scan::{Found, Standing, scan, standing, void};
pub use spec::{StepResult, StepSpec, Surroundings};
pub use start::{StartError, own_program, start};
pub use supervise::run;
pub use view::{Progress, cancel, collect, forget_output, keep_output, progress};
