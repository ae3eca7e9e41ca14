//! From bytes to a report: every check of a status document, in one order, so that each document gets one reason.
//! Must not know where the bytes came from, nor what time it is.

use crate::domain::id::OperatorId;
use crate::domain::roster::Roster;
use crate::domain::time::At;
use crate::domain::time::Span;
use crate::keys::namespace;
use crate::peers::document::read_status;
use crate::peers::envelope::Envelope;
use crate::peers::envelope::MAX_DOCUMENT;
use crate::peers::fault::PeerFault;
use crate::peers::memory::Memory;
use crate::peers::model::PeerReport;
use crate::peers::model::StatusDocument;
use crate::peers::model::Trust;
use crate::peers::signature;

/// How far another's clock may be ahead of ours. Further ahead, the document is shown as stale, with the reason:
/// it would otherwise outlive its validity.
const MAX_AHEAD: Span = Span::from_mins(5);

/// Longest validity that is believed, a day; a document that claims more is stale after that.
const MAX_VALID: Span = Span::from_secs(86_400);

/// What a document is held against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Who the operators are, and their keys.
    pub roster: &'a Roster,
    /// Our networks.
    pub networks: &'a [String],
}

/// Bytes and how they came.
#[derive(Clone, Copy, Debug)]
pub struct Receipt<'a> {
    /// A file, or an address without credentials.
    pub origin: &'a str,
    /// Whose it should be, where the roster or the file's name says so.
    pub named: Option<&'a OperatorId>,
    /// When they came.
    pub at: At,
    /// At most one more than the limit need be here.
    pub bytes: &'a [u8],
}

/// Checks a document. `memory` learns of it only when it is verified.
///
/// # Errors
/// The bytes are no status document.
pub fn check(expected: Expected<'_>, memory: &mut Memory, receipt: Receipt<'_>) -> Result<PeerReport, PeerFault> {
    let fault = |says: String| PeerFault { operator: receipt.named.cloned(), origin: receipt.origin.to_owned(), says };
    if receipt.bytes.len() > MAX_DOCUMENT {
        let Some(named) = receipt.named else {
            return Err(fault(format!("is larger than {} KiB and was not read", MAX_DOCUMENT / 1024)));
        };
        let why = format!("larger than {} KiB; not read", MAX_DOCUMENT / 1024);
        return Ok(report(expected, receipt, named.clone(), None, (Trust::Oversized, why)));
    }
    let envelope = Envelope::read(receipt.bytes).map_err(fault)?;
    let document = read_status(envelope.status.get()).map_err(fault)?;
    let verdict = judge(expected, memory, &envelope, &document, receipt);
    if verdict.0 == Trust::Verified {
        memory.keep(&document, envelope.status.get());
    }
    let operator = document.operator.clone();
    Ok(report(expected, receipt, operator, Some(document), verdict))
}

/// Who, then the signature, then what it is for, then when.
fn judge(
    expected: Expected<'_>,
    memory: &Memory,
    envelope: &Envelope<'_>,
    document: &StatusDocument,
    receipt: Receipt<'_>,
) -> (Trust, String) {
    let Some(operator) = expected.roster.operator(document.operator.as_str()) else {
        return (Trust::UnknownOperator, format!("the roster has no operator `{}`", document.operator));
    };
    let Some(sig) = envelope.signature() else {
        return (Trust::Unsigned, "nobody signed it: anybody could have written it".to_owned());
    };
    let purpose = if document.drill { namespace::DRILL } else { namespace::PEER };
    if let Err(why) = signature::verify(envelope.status.get().as_bytes(), sig, purpose, &operator.keys) {
        return (Trust::BadSignature, why);
    }
    if let Some(named) = receipt.named.filter(|n| **n != document.operator) {
        return (Trust::UnknownOperator, format!("it is {}'s document at the place of {named}", document.operator));
    }
    if document.drill {
        return (Trust::Drill, "it is part of a drill".to_owned());
    }
    let ours = operator.network.as_ref().map_or(expected.networks, std::slice::from_ref);
    if !ours.contains(&document.network) {
        let (theirs, ours) = (&document.network, ours.join(" and "));
        return (
            Trust::WrongNetwork,
            format!("it is about `{theirs}`; here it is `{ours}` (`network` in config.toml)"),
        );
    }
    if let Some(why) = memory.objection(document, envelope.status.get()) {
        return (Trust::Replayed, why);
    }
    match staleness(document, receipt.at) {
        Some(why) => (Trust::Stale, why),
        None => (Trust::Verified, String::new()),
    }
}

/// Why it no longer holds at `now`; `None` while it does.
pub(super) fn staleness(document: &StatusDocument, now: At) -> Option<String> {
    let age = now.since(document.at);
    if age < Span::from_micros(-MAX_AHEAD.micros()) {
        return Some(format!("its clock is {} ahead of ours", Span::from_micros(-age.micros()).words()));
    }
    let valid = Span::from_secs(i64::try_from(document.valid_s).unwrap_or(i64::MAX)).min(MAX_VALID);
    (age > valid).then(|| format!("{} old; it held for {}", age.words(), valid.words()))
}

fn report(
    expected: Expected<'_>,
    receipt: Receipt<'_>,
    operator: OperatorId,
    document: Option<StatusDocument>,
    (trust, why): (Trust, String),
) -> PeerReport {
    let known = expected.roster.operator(operator.as_str());
    PeerReport {
        trust,
        why,
        stake: known.map(|o| o.stake),
        via: known.and_then(|o| o.via.clone()),
        origin: receipt.origin.to_owned(),
        received: receipt.at,
        document,
        operator,
    }
}
