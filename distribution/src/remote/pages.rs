use serde::Deserialize;
use ureq::http::{Method, StatusCode, header};

use super::{
    Remote,
    auth::Scope,
    http::{Answer, Ask},
};
use crate::Error;

/// A list that goes on for more pages than this does not end.
pub(super) const MAX_PAGES: usize = 200;
/// A page of a list.
const MAX_PAGE_BYTES: u64 = 4 << 20;

#[derive(Deserialize)]
pub(super) struct Tags {
    /// Null in a repository without any.
    pub(super) tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
pub(super) struct Catalog {
    pub(super) repositories: Option<Vec<String>>,
}

impl Remote {
    /// All pages of a list; none when there is no such list.
    pub(super) fn pages<T: for<'de> Deserialize<'de>>(
        &self,
        first: String,
        scope: &Scope,
        action: &str,
    ) -> Result<Result<Vec<T>, Answer>, Error> {
        let mut pages = Vec::new();
        let mut url = first;
        for _ in 0..MAX_PAGES {
            let ask = Ask::new(Method::GET, url, scope.clone(), action);
            let mut answer = self.ask(&ask)?;
            if answer.status() != StatusCode::OK {
                return Ok(Err(answer));
            }
            let next = next_page(&answer);
            let body = self.body(&mut answer, "a list", MAX_PAGE_BYTES)?;
            pages.push(serde_json::from_slice(&body).map_err(|error| {
                self.nonsense(format!("to {action} it answers something else: {error}"))
            })?);
            url = match next {
                None => return Ok(Ok(pages)),
                Some(next) => match self.address.here(&next) {
                    Some(next) => next,
                    None => return Err(self.nonsense("its list goes on elsewhere".into())),
                },
            };
        }
        Err(self.nonsense("its list does not end".into()))
    }
}

/// The page that comes next: `Link: <URL>; rel="next"`.
fn next_page(answer: &Answer) -> Option<String> {
    let link = answer.headers().get(header::LINK)?.to_str().ok()?;
    let (url, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
    rest.contains("next").then(|| url.to_owned())
}
