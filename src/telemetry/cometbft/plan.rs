//! The upgrade that a Cosmos chain has planned, out of an ABCI query. Pure.

use super::protobuf::{Field, abci_value, find};
use crate::domain::observation::Failure;
use crate::telemetry::json;

/// Longest name of an upgrade that is kept.
const NAME_LIMIT: usize = 80;

/// A planned upgrade: the chain stops at this height until the new binary runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// The height at which the chain stops.
    pub height: u64,
}

/// Reads the reply to `abci_query` of `/cosmos.upgrade.v1beta1.Query/CurrentPlan`: `None` when nothing is planned.
///
/// # Errors
/// When the application does not know the query, or what it says is no plan.
pub fn plan(result: &str) -> Result<Option<Plan>, Failure> {
    let refuse = |why: &str| json::refuse(result.as_bytes(), "upgrade plan", why);
    let Some(bytes) = abci_value(result, "upgrade plan")? else { return Ok(None) };
    // QueryCurrentPlanResponse { Plan plan = 1 }, Plan { string name = 1; int64 height = 3; … }
    let Some(Field::Bytes(plan)) = find(&bytes, 1).map_err(refuse)? else { return Ok(None) };
    let (name, height) = (find(plan, 1).map_err(refuse)?, find(plan, 3).map_err(refuse)?);
    let name = match name {
        Some(Field::Bytes(name)) => String::from_utf8_lossy(name).chars().take(NAME_LIMIT).collect(),
        _ => String::new(),
    };
    match height {
        Some(Field::Number(height)) => Ok(Some(Plan { name, height })),
        _ => Err(refuse("it has no height")),
    }
}
