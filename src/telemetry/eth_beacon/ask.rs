//! One request of the Beacon API, by itself or beside the first of a round. Must not know what is asked.

use std::time::Duration;

use crate::domain::observation::Failure;
use crate::telemetry::credentials::Credentials;
use crate::telemetry::degrade::{ASIDE_LIMIT, Degrade};
use crate::telemetry::http::{Http, REQUEST_LIMIT};
use crate::telemetry::rpc::Outcome;

/// Where and as whom.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub http: &'a Http,
    pub who: &'a Credentials,
    pub url: &'a str,
}

impl Ask<'_> {
    /// GETs a path; the body of a success.
    pub async fn get(&self, path: &str) -> Result<Vec<u8>, Failure> {
        self.get_within(path, REQUEST_LIMIT).await
    }

    /// The same within a limit of its own.
    pub async fn get_within(&self, path: &str, limit: Duration) -> Result<Vec<u8>, Failure> {
        self.http.get(&format!("{}{path}", self.url), self.who, limit).await?.usable()
    }

    /// One route beside the first; what cannot be had is left out, with the reason.
    pub async fn want<T>(
        &self,
        degrade: &mut Degrade,
        what: &'static str,
        path: &str,
        read: impl FnOnce(&[u8]) -> Result<T, Failure>,
    ) -> Option<T> {
        let asked = async { given(self.get_within(path, ASIDE_LIMIT).await?) };
        degrade.want(what, asked, |text| read(text.as_bytes())).await
    }

    /// The same with a body, for routes that are asked by POST.
    pub async fn want_posted<T>(
        &self,
        degrade: &mut Degrade,
        what: &'static str,
        (path, body): (&str, &str),
        read: impl FnOnce(&[u8]) -> Result<T, Failure>,
    ) -> Option<T> {
        let url = format!("{}{path}", self.url);
        let asked = async { given(self.http.post(&url, self.who, body, ASIDE_LIMIT).await?.usable()?) };
        degrade.want(what, asked, |text| read(text.as_bytes())).await
    }
}

fn given(reply: Vec<u8>) -> Result<Outcome, Failure> {
    Ok(Outcome::Given(String::from_utf8_lossy(&reply).into_owned()))
}
