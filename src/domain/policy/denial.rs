//! Why somebody may not: which level or role may, and who holds it now.

use std::fmt;

use crate::domain::id::PersonId;

/// A refusal for want of a level or a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Who may not, and what they are: `bob is a responder`.
    pub who: String,
    /// What would be needed, and who has it: `changing severity or status needs level commander, or …`.
    pub needs: String,
}

impl Denial {
    pub(super) fn new(who: impl Into<String>, needs: impl Into<String>) -> Self {
        Self { who: who.into(), needs: needs.into() }
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.who, self.needs)
    }
}

/// `incident-commander (alice)`, `deputy (nobody)`.
pub(super) fn role_and_holders(role: &str, holders: &[&PersonId]) -> String {
    if holders.is_empty() {
        return format!("{role} (nobody holds it)");
    }
    let names: Vec<&str> = holders.iter().map(|p| p.as_str()).collect();
    format!("{role} ({})", names.join(", "))
}
