//! `[[webhook]]`: where an Alertmanager posts its alerts to us. Loopback only; off unless it is named.

use std::net::SocketAddr;

use super::node_table::Seen;
use super::node_table::network_of;
use super::node_table::node_id;
use super::problem::Report;
use super::table::Table;
use super::words;
use crate::domain::observation::Family;
use crate::domain::subject::Subject;
use crate::domain::subject::WebhookSpec;
use crate::domain::watch::Auth;
use crate::domain::watch::NodeSpec;

/// Most inboxes: each is a port.
const MAX_WEBHOOKS: usize = 4;

const WEBHOOK: &[&str] = &["id", "listen", "token_file", "network"];

/// Every inbox of the file, as a line to watch.
pub(super) fn webhooks<'a>(
    report: &mut Report<'_>,
    top: &Table<'a>,
    networks: &[String],
    seen: &mut Seen<'a>,
) -> Vec<NodeSpec> {
    let tables = top.tables(report, "webhook", "[[webhook]]");
    if let Some(first_too_many) = tables.get(MAX_WEBHOOKS) {
        report.add(first_too_many.at, format!("more than {MAX_WEBHOOKS} webhooks; several senders may use one"));
    }
    tables.iter().filter_map(|table| webhook(report, table, networks, seen)).collect()
}

fn webhook<'a>(
    report: &mut Report<'_>,
    table: &Table<'a>,
    networks: &[String],
    seen: &mut Seen<'a>,
) -> Option<NodeSpec> {
    table.only(report, WEBHOOK);
    let id = node_id(report, table, seen);
    let listen = listen(report, table);
    let token = table.text(report, "token_file").map(|f| words::file(report.folder(), f.value));
    let network = network_of(report, table, networks);
    let listen = listen?;
    let mut spec = NodeSpec::new(id?, Family::Alertmanager, &format!("http://{listen}/alerts"), &network?);
    spec.auth = token.map_or(Auth::None, Auth::BearerFile);
    spec.subject = Some(Box::new(Subject::Webhook(WebhookSpec { listen: listen.to_string(), place: None })));
    Some(spec)
}

fn listen(report: &mut Report<'_>, table: &Table<'_>) -> Option<SocketAddr> {
    let found = table.needed(report, "listen", "\"127.0.0.1:9095\"")?;
    match found.value.parse::<SocketAddr>() {
        Ok(at) if at.ip().is_loopback() && at.port() > 0 => Some(at),
        Ok(_) => {
            let how = "let a reverse proxy of this machine take what comes from others";
            report.add(found.at, format!("`listen` must be a port of loopback, as in \"127.0.0.1:9095\"; {how}"));
            None
        }
        Err(_) => {
            report.add(found.at, "`listen` must be an address and a port, as in \"127.0.0.1:9095\"");
            None
        }
    }
}
