use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{
        ALLOW, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, RANGE,
        RETRY_AFTER, WWW_AUTHENTICATE,
    },
};

use crate::{body::Reply, fault::Fault};

/// An answer that can be sent.
pub(crate) type Answer = Response<Reply>;

/// An answer that is being made.
pub(crate) struct Making(Answer);

impl Making {
    pub(crate) fn new(status: StatusCode) -> Self {
        let mut answer = Response::new(Reply::Whole(Bytes::new()));
        *answer.status_mut() = status;
        let making = Self(answer)
            // Nothing that comes from here is to be taken for a page or a script.
            .header("x-content-type-options", "nosniff")
            .header("cross-origin-resource-policy", "same-origin");
        making.header("docker-distribution-api-version", "registry/2.0")
    }

    /// The same with another status.
    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        *self.0.status_mut() = status;
        self
    }

    /// With a header; one that cannot be sent is left out.
    pub(crate) fn header(mut self, name: impl TryInto<HeaderName>, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (name.try_into(), HeaderValue::from_str(value)) {
            self.0.headers_mut().insert(name, value);
        }
        self
    }

    pub(crate) fn body(mut self, media_type: &str, bytes: impl Into<Bytes>) -> Answer {
        *self.0.body_mut() = Reply::Whole(bytes.into());
        self.header(CONTENT_TYPE, media_type).0
    }

    pub(crate) fn json(self, value: &impl serde::Serialize) -> Result<Answer, Fault> {
        let bytes = serde_json::to_vec(value).map_err(Fault::inside)?;
        Ok(self
            .header(CACHE_CONTROL, "no-cache")
            .body("application/json", bytes))
    }

    pub(crate) fn reply(mut self, reply: Reply) -> Answer {
        *self.0.body_mut() = reply;
        self.0
    }

    pub(crate) fn empty(self) -> Answer {
        self.0
    }
}

impl Fault {
    /// What to say beside the message.
    pub(crate) fn making(&self) -> Making {
        let making = Making::new(self.status).header(CACHE_CONTROL, "no-store");
        let making = match self.offset {
            Some(size) => making.header(RANGE, &format!("0-{}", size.saturating_sub(1))),
            None => making,
        };
        match self.status {
            StatusCode::UNAUTHORIZED => {
                // Only this one: a token is as good a password as any.
                making.header(
                    WWW_AUTHENTICATE,
                    "Basic realm=\"cm registry\", charset=\"UTF-8\"",
                )
            }
            StatusCode::METHOD_NOT_ALLOWED => making.header(ALLOW, "GET, HEAD, PUT, POST, PATCH"),
            // The rest of what they send is not waited for.
            StatusCode::REQUEST_TIMEOUT | StatusCode::PAYLOAD_TOO_LARGE => {
                making.header(CONNECTION, "close")
            }
            StatusCode::TOO_MANY_REQUESTS => making.header(RETRY_AFTER, "30"),
            _ => making,
        }
    }

    pub(crate) fn answer(&self) -> Answer {
        self.making().body("application/json", self.json())
    }
}
