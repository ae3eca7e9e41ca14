//! What went wrong with a request, in the domain's words. Must not know what was asked.

use std::error::Error;
use std::io;

use crate::domain::observation::Failure;

/// Longest text taken from a library's error.
const WORDS_LIMIT: usize = 160;

/// The failure behind a client error: the innermost cause decides.
pub(super) fn words(error: &reqwest::Error) -> Failure {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    let mut text = String::new();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>()
            && let Some(failure) = of_io(io)
        {
            return failure;
        }
        text = inner.to_string();
        cause = inner.source();
    }
    if text.is_empty() {
        text = error.to_string();
    }
    of_text(&text, error)
}

fn of_io(error: &io::Error) -> Option<Failure> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Failure::Refused),
        io::ErrorKind::ConnectionReset => Some(Failure::Broken("reset by the other side".to_owned())),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Some(Failure::Broken("closed by the other side".to_owned()))
        }
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            Some(Failure::Setup("no route to that address".to_owned()))
        }
        _ => None,
    }
}

fn of_text(text: &str, error: &reqwest::Error) -> Failure {
    let lower = text.to_ascii_lowercase();
    let short: String = text.chars().take(WORDS_LIMIT).collect();
    if lower.contains("lookup") || lower.contains("resolve") || lower.contains("name or service") {
        return Failure::Setup("its name does not resolve".to_owned());
    }
    if lower.contains("certificate") || lower.contains("tls") {
        return Failure::Setup(format!("the certificate does not hold: {short}"));
    }
    if lower.contains("incomplete") || lower.contains("before message completed") || lower.contains("end of file") {
        let when = if error.is_body() || error.is_decode() { "in the middle of the reply" } else { "before the reply" };
        return Failure::Broken(format!("closed {when}"));
    }
    if error.is_builder() {
        return Failure::Setup(format!("the URL cannot be asked: {short}"));
    }
    if lower.contains("invalid http") || lower.contains("invalid header") || error.is_decode() {
        return Failure::NotUsable(format!("it does not speak HTTP: {short}"));
    }
    Failure::Broken(short)
}
