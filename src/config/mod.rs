//! What people wrote for us: config.toml and roster.toml, read into plain models with errors that name the line.
//! Must not know what is done with them.

mod bounds_table;
mod config_file;
mod contract_table;
mod limits;
mod loaded;
mod log_table;
mod nearest;
mod node_table;
mod problem;
mod query_table;
mod roster_file;
mod runbooks_table;
mod settings;
mod share_table;
mod slo_table;
mod table;
mod webhook_table;
mod words;

pub use config_file::parse_config;
pub use loaded::{Loaded, MAX_FILE, load_config, load_roster};
pub use nearest::advice;
pub use node_table::{MAX_NODES, MAX_VALIDATORS};
pub use problem::{Problem, Report};
pub use roster_file::parse_roster;
pub use settings::{BookReference, BooksSettings, Config, EtcdSettings, UNNAMED_NETWORK};
pub use share_table::MAX_ENDPOINTS;
