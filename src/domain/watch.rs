//! What to watch: one plain model that the configuration and discovery produce and telemetry and judgement read.
//! Must not know how a node is asked, nor read the files that hold its secrets.

use std::fmt;
use std::path::PathBuf;

use crate::domain::id::NodeId;
use crate::domain::observation::Family;
use crate::domain::signal::SignalId;
use crate::domain::subject::Bounds;
use crate::domain::subject::Place;
use crate::domain::subject::Subject;
use crate::domain::validator::ValidatorName;

/// The id of the node that stands for this machine.
pub const HOST_ID: &str = "host";

/// One watched endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeSpec {
    /// Its name.
    pub id: NodeId,
    /// What kind of node it is.
    pub family: Family,
    /// Its RPC or REST base, `http://127.0.0.1:8545`, without credentials; empty for this host.
    pub url: String,
    /// Its metrics page, where it has one.
    pub metrics: Option<String>,
    /// Ours; `false` for somebody else's node that we only look at.
    pub mine: bool,
    /// What it shares with others (operator, provider, upstream): vantage points that share one are not independent.
    pub via: Option<String>,
    /// The network it belongs to.
    pub network: String,
    /// How we prove who we are to it.
    pub auth: Auth,
    /// What the line stands for when it is no endpoint of a node.
    pub subject: Option<Box<Subject>>,
    /// Limits that somebody set for signals of this line.
    pub bounds: Vec<Bounds>,
    /// Own validators whose votes and blocks are looked for through this node.
    pub validators: Vec<ValidatorName>,
}

impl NodeSpec {
    /// An own node without extras.
    #[must_use]
    pub fn new(id: &str, family: Family, url: &str, network: &str) -> Self {
        let (url, auth) = split_credentials(url);
        Self {
            id: id.into(),
            family,
            url,
            metrics: None,
            mine: true,
            via: None,
            network: network.to_owned(),
            auth,
            subject: None,
            bounds: Vec::new(),
            validators: Vec::new(),
        }
    }

    /// This machine.
    #[must_use]
    pub fn host(network: &str) -> Self {
        Self::new(HOST_ID, Family::Host, "", network)
    }

    /// A signal's unit: what somebody said for this line, else the catalogue's.
    #[must_use]
    pub fn unit(&self, signal: SignalId) -> &str {
        let own = self.bounds.iter().find(|b| b.signal == signal).map(|b| b.unit.as_str());
        own.filter(|unit| !unit.is_empty()).unwrap_or(signal.row().unit)
    }

    /// The same line, with a place in this folder where an objective's measurements are kept.
    #[must_use]
    pub fn kept_in(mut self, folder: &std::path::Path, writes: bool) -> Self {
        let file = |of: &str| folder.join(of).join(format!("{}.json", self.id.as_str().replace('/', "_")));
        let (slo, posted) = (file("slo"), file("posted"));
        match self.subject.as_deref_mut() {
            Some(Subject::Slo(_, place)) => *place = Some(Place { file: slo, writes }),
            Some(Subject::Webhook(spec)) => spec.place = Some(Place { file: posted, writes }),
            _ => {}
        }
        self
    }

    /// The same, but somebody else's, reached through `via`.
    #[must_use]
    pub fn others(mut self, via: Option<&str>) -> Self {
        self.mine = false;
        self.via = via.map(str::to_owned);
        self
    }
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text, for the request alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How we prove who we are to a node. Files are read when they are needed: a cookie changes with each start of its node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// HTTP basic, given in the URL.
    Basic {
        /// User.
        user: String,
        /// Password.
        password: Secret,
    },
    /// HTTP basic, password in a file.
    PasswordFile {
        /// User.
        user: String,
        /// The file; its first line counts.
        file: PathBuf,
    },
    /// A file that holds `user:password` (Bitcoin's cookie).
    CookieFile(PathBuf),
    /// A file that holds a bearer token.
    BearerFile(PathBuf),
}

/// Takes `user:password@` out of a URL, so that it is never shown: the bare URL and what was taken.
/// Percent-encoded characters are decoded.
#[must_use]
pub fn split_credentials(url: &str) -> (String, Auth) {
    let Some((scheme, rest)) = url.split_once("://") else {
        return (url.to_owned(), Auth::None);
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let Some(at) = rest[..end].rfind('@') else {
        return (url.to_owned(), Auth::None);
    };
    let (user, password) = rest[..at].split_once(':').unwrap_or((&rest[..at], ""));
    let auth = Auth::Basic { user: percent_decoded(user), password: Secret(percent_decoded(password)) };
    (format!("{scheme}://{}", &rest[at + 1..]), auth)
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        let code = (b == b'%').then(|| {
            let mut ahead = bytes.clone();
            let pair = [ahead.next()?, ahead.next()?];
            u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()
        });
        if let Some(Some(code)) = code {
            out.push(code);
            bytes.nth(1);
        } else {
            out.push(b);
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_leave_the_url() {
        let (url, auth) = split_credentials("http://us%40er:p%3Aw@127.0.0.1:8332/wallet@x");
        assert_eq!(url, "http://127.0.0.1:8332/wallet@x");
        assert_eq!(auth, Auth::Basic { user: "us@er".into(), password: Secret::new("p:w") });
        assert!(!format!("{auth:?}").contains("p:w"));
        assert_eq!(split_credentials("http://h/a@b"), ("http://h/a@b".to_owned(), Auth::None));
    }
}
