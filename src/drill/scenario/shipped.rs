//! Scenarios that are built into the program; a folder of the same id in the player's home wins.

/// The files of one scenario folder.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its id.
    pub id: &'static str,
    /// `scenario.toml`.
    pub scenario: &'static str,
    /// `outputs.toml`.
    pub outputs: &'static str,
    /// `scripts/<name>.toml` by name.
    pub scripts: &'static [(&'static str, &'static str)],
}

const SHIPPED: &[Shipped] = &[Shipped {
    id: "finality-slips",
    scenario: include_str!("../../../fixtures/finality-slips/scenario.toml"),
    outputs: include_str!("../../../fixtures/finality-slips/outputs.toml"),
    scripts: &[
        ("good", include_str!("../../../fixtures/finality-slips/scripts/good.toml")),
        ("bad", include_str!("../../../fixtures/finality-slips/scripts/bad.toml")),
    ],
}];

/// All of them.
#[must_use]
pub const fn shipped() -> &'static [Shipped] {
    SHIPPED
}
