//! What goes wrong with a cluster, in words that say what to do. Must not know what was asked.

use std::error::Error;
use std::io;

use crate::share::etcd::wire::ErrorReply;

/// Longest text taken from outside.
const WORDS_MAX: usize = 160;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum EtcdError {
    /// No connection, or it broke.
    #[error("{0}")]
    Unreachable(String),
    /// No answer in time.
    #[error("no answer within {0} s")]
    TimedOut(u64),
    /// It answers, and has no majority to decide anything.
    #[error("it has no leader: too few of its members are up or see each other")]
    NoLeader,
    /// Who we are is not believed.
    #[error("it does not let us in: {0}; mend `user` and `password_file` in [share.etcd]")]
    Login(String),
    /// The token is over; another login helps.
    #[error("the login is over")]
    LoginOver,
    /// We may not do that.
    #[error("permission denied; grant the user readwrite on the prefix (docs/sharing.md has the commands)")]
    Denied,
    /// Its disk quota is used up.
    #[error(
        "it is FULL (NOSPACE) and takes nothing: compact, `etcdctl defrag`, raise --quota-backend-bytes, then `etcdctl alarm disarm`"
    )]
    Full,
    /// Another answer that is an error.
    #[error("it says: {0}")]
    Says(String),
    /// What answers there is no etcd, or speaks badly.
    #[error("what it answers is not to be understood: {0}")]
    Nonsense(String),
    /// Our own set-up.
    #[error("{0}")]
    Setup(String),
}

impl EtcdError {
    /// Whether another endpoint, or the same one later, may do better.
    pub(super) const fn ends_the_session(&self) -> bool {
        !matches!(self, Self::Denied | Self::Full)
    }

    /// From etcd's own error.
    pub(super) fn of_reply(reply: &ErrorReply) -> Self {
        let says = reply.says();
        let lower = says.to_ascii_lowercase();
        match () {
            () if lower.contains("database space exceeded") || lower.contains("no space") => Self::Full,
            () if lower.contains("permission denied") => Self::Denied,
            () if lower.contains("invalid auth token") || lower.contains("revision of auth store is old") => {
                Self::LoginOver
            }
            () if lower.contains("authentication failed") => Self::Login("wrong user or password".to_owned()),
            () if lower.contains("user name is empty") => Self::Login("it wants a user".to_owned()),
            () if lower.contains("authentication is not enabled") => {
                Self::Login("it knows no users; leave out `user` and `password_file`".to_owned())
            }
            () if lower.contains("no leader")
                || lower.contains("request timed out")
                || lower.contains("leader changed") =>
            {
                Self::NoLeader
            }
            () => Self::Says(short(says)),
        }
    }

    /// From the client's error: the innermost cause decides.
    pub(super) fn of_client(error: &reqwest::Error) -> Self {
        let mut text = error.to_string();
        let mut cause: Option<&(dyn Error + 'static)> = error.source();
        while let Some(inner) = cause {
            if let Some(io) = inner.downcast_ref::<io::Error>() {
                match io.kind() {
                    io::ErrorKind::ConnectionRefused => {
                        return Self::Unreachable("nothing listens there".to_owned());
                    }
                    io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                        return Self::Unreachable("the connection broke".to_owned());
                    }
                    _ => {}
                }
            }
            text = inner.to_string();
            cause = inner.source();
        }
        let lower = text.to_ascii_lowercase();
        match () {
            () if lower.contains("certificate") || lower.contains("tls") || lower.contains("handshake") => {
                Self::Setup(format!("TLS does not hold: {}; mend `ca`, `cert` and `key` in [share.etcd]", short(&text)))
            }
            () if error.is_timeout() => Self::Unreachable("no connection in time".to_owned()),
            () => Self::Unreachable(short(&text)),
        }
    }
}

/// Text from outside, cut, and without anything that acts on a terminal.
pub(super) fn short(text: &str) -> String {
    text.chars().filter(|c| !crate::domain::text::is_forbidden(*c)).take(WORDS_MAX).collect()
}
