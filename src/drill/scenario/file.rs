//! The words and shapes of `scenario.toml`, exactly as they are written. Must not check what they mean.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

pub(super) type Text = Spanned<String>;
pub(super) type Whole = Spanned<i64>;

/// A time from the start: whole seconds, or `"8:30"`, `"1:02:03"`.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Moment {
    Seconds(i64),
    Clock(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ScenarioFile {
    pub id: Text,
    pub title: Text,
    #[serde(default)]
    pub briefing: String,
    pub network: Text,
    pub start: Text,
    pub length: Spanned<Moment>,
    pub seed: Option<Whole>,
    pub factor: Option<Whole>,
    pub poll: Option<Whole>,
    pub host: Option<Text>,
    #[serde(default)]
    pub modelled_on: Vec<ModelledOnFile>,
    #[serde(default)]
    pub objective: Vec<ObjectiveFile>,
    #[serde(default)]
    pub person: Vec<PersonFile>,
    pub chain: Option<ChainFile>,
    #[serde(default)]
    pub node: Vec<NodeFile>,
    #[serde(default)]
    pub signal: Vec<SignalFile>,
    #[serde(default)]
    pub outage: Vec<OutageFile>,
    #[serde(default)]
    pub peer: Vec<PeerFile>,
    #[serde(default)]
    pub alert: Vec<AlertFile>,
    #[serde(default)]
    pub inject: Vec<InjectFile>,
    #[serde(default)]
    pub act: Vec<ActFile>,
    #[serde(default)]
    pub expect: Vec<ExpectFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ModelledOnFile {
    pub incident: String,
    #[serde(default)]
    pub took: String,
    pub sources: Spanned<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ObjectiveFile {
    pub id: Text,
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PersonFile {
    pub name: Text,
    pub role: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct CurveFile {
    pub points: Spanned<Vec<(i64, f64)>>,
    pub noise: Option<Spanned<f64>>,
    pub decimals: Option<Whole>,
    pub mode: Option<Text>,
    pub mark: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ChainFile {
    pub block_s: Whole,
    pub slots_per_epoch: Whole,
    pub first_slot: Whole,
    pub first_block: Whole,
    pub quorum_pct: Option<Spanned<f64>>,
    pub participation: CurveFile,
    pub missed: CurveFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct NodeFile {
    pub id: Text,
    pub family: Text,
    pub mine: Option<bool>,
    pub via: Option<String>,
    #[serde(default)]
    pub version: String,
    pub behind: Option<Whole>,
    #[serde(default)]
    pub serves: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct SignalFile {
    pub node: Text,
    pub name: Text,
    pub points: Spanned<Vec<(i64, f64)>>,
    pub noise: Option<Spanned<f64>>,
    pub decimals: Option<Whole>,
    pub mode: Option<Text>,
    pub mark: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct OutageFile {
    pub node: Text,
    pub from: Spanned<Moment>,
    pub to: Spanned<Moment>,
    pub how: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PeerFile {
    pub operator: Text,
    pub stake: Whole,
    pub via: Option<String>,
    pub signed: Option<bool>,
    pub every: Option<Whole>,
    pub says: Spanned<Vec<WordFile>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct WordFile {
    pub at: Spanned<Moment>,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub client: String,
    #[serde(default)]
    pub version: String,
    pub state: Option<Text>,
    pub scope: Option<Text>,
    pub behind: Option<Whole>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AlertFile {
    pub node: Text,
    pub name: Text,
    #[serde(default)]
    pub summary: String,
    #[serde(default)]
    pub severity: String,
    pub from: Spanned<Moment>,
    pub to: Spanned<Moment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PatternFile {
    pub kind: Text,
    #[serde(default)]
    pub contains: Vec<String>,
    pub actor: Option<String>,
    #[serde(default, rename = "where")]
    pub fields: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct InjectFile {
    pub number: Whole,
    pub at: Option<Spanned<Moment>>,
    pub when: Option<PatternFile>,
    pub after: Option<Whole>,
    pub to: Text,
    pub text: String,
    pub delivered_as: String,
    #[serde(default)]
    pub expected: String,
    pub objective: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ActFile {
    pub id: Text,
    pub when: PatternFile,
    pub after: Option<Whole>,
    pub participation: Option<CurveFile>,
    pub missed: Option<CurveFile>,
    #[serde(default)]
    pub signal: Vec<SignalFile>,
    #[serde(default)]
    pub outage: Vec<OutageFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct ExpectFile {
    pub id: Text,
    pub text: String,
    pub pattern: PatternFile,
    pub within: Option<Spanned<Moment>>,
    pub after: Option<PatternFile>,
    pub points: Whole,
    pub fail_if: Option<PatternFile>,
    pub objective: Option<Text>,
}
