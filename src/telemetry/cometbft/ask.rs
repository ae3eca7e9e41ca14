//! One GET of a CometBFT route: its errors come with HTTP 500 and a body that says why. Must not know what is asked.

use std::time::Duration;

use crate::domain::observation::Failure;
use crate::telemetry::credentials::Credentials;
use crate::telemetry::degrade::{ASIDE_LIMIT, Degrade};
use crate::telemetry::http::Http;
use crate::telemetry::rpc::{self, Outcome};

/// Where and as whom.
pub(super) struct Ask<'a> {
    pub http: &'a Http,
    pub who: &'a Credentials,
    pub url: &'a str,
}

impl Ask<'_> {
    /// One route beside the first; what cannot be had is left out, with the reason.
    pub async fn want<T>(
        &self,
        degrade: &mut Degrade,
        what: &'static str,
        route: &str,
        read: impl FnOnce(&str) -> Result<T, Failure>,
    ) -> Option<T> {
        degrade.want(what, self.get(route, ASIDE_LIMIT), read).await
    }

    /// GETs a route (`status`, `blockchain?minHeight=1&maxHeight=20`).
    pub async fn get(&self, route: &str, limit: Duration) -> Result<Outcome, Failure> {
        let reply = self.http.get(&format!("{}/{route}", self.url), self.who, limit).await?;
        // The application's own errors are worth more than the status they come with.
        if reply.status == 500
            && let Ok(refused @ (Outcome::Refused { .. } | Outcome::Unsupported)) = rpc::read_single(&reply.body)
        {
            return Ok(refused);
        }
        rpc::read_single(&reply.usable()?)
    }
}
