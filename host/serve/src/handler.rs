use std::sync::Arc;

use hyper::{HeaderMap, Method, Request, StatusCode, body::Incoming, header::HOST};
use tokio::task::spawn_blocking;

use crate::{
    Limits, Options,
    access::{Who, refuse_strangers},
    answer::Answer,
    fault::Fault,
    oci::{self, blobs, lists, manifests, uploads},
    query::Query,
    receive::Intake,
    route::Route,
    shelf::Shelf,
    web,
};

/// Answers requests.
pub(crate) struct Handler {
    shelf: Arc<Shelf>,
    options: Options,
}

/// One request, without its body.
pub(crate) struct Asked<'a> {
    pub(crate) shelf: &'a Arc<Shelf>,
    pub(crate) options: &'a Options,
    pub(crate) who: Who<'a>,
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Query,
}

impl Asked<'_> {
    /// Whether it only looks.
    pub(crate) fn reads(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }

    /// A header's text, if it is one.
    pub(crate) fn header(&self, name: impl hyper::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How people reach this registry.
    pub(crate) fn address(&self) -> String {
        if let Some(url) = &self.options.public_url {
            return url.clone();
        }
        let plain = |text: &&str| {
            text.len() < 256
                && text
                    .bytes()
                    .all(|it| it.is_ascii_alphanumeric() || b".:-[]".contains(&it))
        };
        let host = self.header(HOST).filter(plain);
        format!("http://{}", host.unwrap_or("localhost"))
    }
}

impl Handler {
    pub(crate) fn new(shelf: Arc<Shelf>, options: Options) -> Self {
        Self { shelf, options }
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.options.limits
    }

    /// Removes what nobody needs any more, beside the work.
    pub(crate) fn sweep(&self) {
        let shelf = Arc::clone(&self.shelf);
        drop(spawn_blocking(move || shelf.sweep()));
    }

    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Answer {
        let (head, body) = request.into_parts();
        let route = Route::of(head.uri.path());
        let page = match route {
            Route::Home | Route::Page(_) | Route::VersionPage(..) => true,
            Route::Nothing => !head.uri.path().starts_with("/v2/"),
            _ => false,
        };
        let strange = refuse_strangers(&head.method, &head.uri, &head.headers, &self.options);
        let who = strange.and_then(|()| Who::of(&head.headers, &self.options));
        let mut body = Intake::new(body, &self.options.limits);
        let result = match who {
            Err(fault) => Err(fault),
            Ok(who) => {
                let asked = Asked {
                    shelf: &self.shelf,
                    options: &self.options,
                    who,
                    query: Query::read(head.uri.query()),
                    method: head.method,
                    headers: head.headers,
                };
                dispatch(asked, route, &mut body).await
            }
        };
        let fault = match result {
            Ok(answer) => return answer,
            Err(fault) => fault,
        };
        if fault.status != StatusCode::REQUEST_TIMEOUT {
            body.drain().await;
        }
        if let Some(log) = &fault.log {
            eprintln!("cm registry: {log}");
        }
        if page {
            web::fault(&fault)
        } else {
            fault.answer()
        }
    }
}

async fn dispatch(asked: Asked<'_>, route: Route, body: &mut Intake<'_>) -> Result<Answer, Fault> {
    match route {
        Route::Nothing => Err(Fault::no_route()),
        Route::Style => Ok(web::style()),
        Route::Upload(name, id) => uploads::go_on(asked, name, &id, body).await,
        Route::Uploads(name) => uploads::begin(asked, name, body).await,
        Route::Manifest(name, reference) if asked.method == Method::PUT => {
            manifests::put(asked, name, reference, body).await
        }
        // Nothing else takes a body, or changes anything.
        _ if !asked.reads() => {
            asked.who.enter()?;
            Err(Fault::unsupported(
                "what is published stays; nothing is changed here",
            ))
        }
        Route::Bad(code) => Err(oci::bad(code)),
        Route::Base => oci::base(&asked),
        Route::Catalog => lists::catalog(asked).await,
        Route::Tags(name) => lists::tags(asked, name).await,
        Route::Manifest(name, reference) => manifests::get(asked, name, reference).await,
        Route::Blob(name, digest) => blobs::get(asked, name, digest).await,
        Route::Referrers(name, digest) => lists::referrers(asked, name, digest).await,
        Route::Search => web::api::search_packages(asked).await,
        Route::Home => web::home::page(asked).await,
        Route::Page(name) => web::package::page(asked, name, None).await,
        Route::VersionPage(name, version) => web::package::page(asked, name, Some(version)).await,
    }
}

/// Runs what blocks where that is allowed.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    spawn_blocking(work).await.map_err(Fault::inside)?
}
