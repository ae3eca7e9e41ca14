//! The Prometheus source: a server is asked for its targets, anything else is read as a page of metrics.
//! Must not know how often it is asked.

use super::api;
use super::names;
use crate::domain::observation::{Answer, Failure, Family, Reading};
use crate::domain::signal::SignalId;
use crate::telemetry::credentials::Credentials;
use crate::telemetry::http::{Http, REQUEST_LIMIT};
use crate::telemetry::json::float;

/// What the URL turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Unknown,
    Server,
    Page,
}

/// One Prometheus server or page of metrics.
#[derive(Debug)]
pub struct Prometheus {
    url: String,
    shape: Shape,
}

impl Prometheus {
    /// A URL: a server's base, or a page's whole address.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), shape: Shape::Unknown }
    }

    /// One round of calls.
    ///
    /// # Errors
    /// When neither the API nor a page answers.
    pub async fn round(&mut self, http: &Http, who: &Credentials) -> Result<Answer, Failure> {
        if self.shape != Shape::Page {
            match self.server(http, who).await {
                Ok(answer) => {
                    self.shape = Shape::Server;
                    return Ok(answer);
                }
                Err(failure @ (Failure::Refused | Failure::TimedOut { .. } | Failure::Setup(_))) => {
                    return Err(failure);
                }
                Err(failure) if self.shape == Shape::Server => return Err(failure),
                Err(_) => {}
            }
        }
        let page = self.page(http, who).await?;
        self.shape = Shape::Page;
        Ok(Answer { readings: names::known_values(&page), ..Answer::default() })
    }

    async fn server(&self, http: &Http, who: &Credentials) -> Result<Answer, Failure> {
        let url = format!("{}/api/v1/query?query=up", self.url);
        let body = http.get(&url, who, REQUEST_LIMIT).await?.usable()?;
        let down = api::targets_down(&api::instant(&body)?);
        let readings = vec![Reading::number(SignalId::TARGETS_DOWN, float(down), "query up")];
        Ok(Answer { readings, ..Answer::default() })
    }

    /// The page itself, or `/metrics` below it.
    async fn page(&self, http: &Http, who: &Credentials) -> Result<names::Page, Failure> {
        let first = fetch_page(http, who, &self.url, None).await;
        match first {
            Err(Failure::Status(_) | Failure::NotUsable(_)) if !self.url.ends_with("/metrics") => {
                fetch_page(http, who, &format!("{}/metrics", self.url), None).await.or(first)
            }
            other => other,
        }
    }
}

/// Fetches and reads one page of metrics; `family` tells whose names count.
///
/// # Errors
/// Why no usable page came.
pub async fn fetch_page(
    http: &Http,
    who: &Credentials,
    url: &str,
    family: Option<Family>,
) -> Result<names::Page, Failure> {
    let body = http.get(url, who, REQUEST_LIMIT).await?.usable()?;
    names::page(&body, family)
}
