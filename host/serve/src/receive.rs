use std::time::Duration;

use http_body_util::BodyExt;
use hyper::{
    StatusCode,
    body::{Body, Bytes, Incoming},
};
use tokio::time::{Instant, timeout};

use crate::{Limits, fault::Fault};

/// After a refusal no more than this is taken, and for no longer.
const MAX_DRAINED: u64 = 8 << 20;
const DRAINING: Duration = Duration::from_secs(5);

/// The body of a request, bounded in size and in time.
pub(crate) struct Intake<'a> {
    body: Incoming,
    limits: &'a Limits,
    begun: Instant,
    got: u64,
}

impl<'a> Intake<'a> {
    pub(crate) fn new(body: Incoming, limits: &'a Limits) -> Self {
        Self {
            body,
            limits,
            begun: Instant::now(),
            got: 0,
        }
    }

    /// Whether nothing will come.
    pub(crate) fn is_empty(&self) -> bool {
        self.body.is_end_stream()
    }

    /// How many bytes the client says there are.
    pub(crate) fn announced(&self) -> Option<u64> {
        self.body.size_hint().exact()
    }

    /// The next bytes; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Fault> {
        loop {
            let Ok(frame) = timeout(self.limits.silence, self.body.frame()).await else {
                return Err(Fault::slow());
            };
            let Some(frame) = frame else {
                return Ok(None);
            };
            let frame = frame.map_err(|_| {
                let status = StatusCode::BAD_REQUEST;
                Fault::new(status, "BLOB_UPLOAD_INVALID", "the connection broke")
            })?;
            let Ok(bytes) = frame.into_data() else {
                continue;
            };
            self.got += bytes.len() as u64;
            // Without this a byte now and then would keep a connection forever.
            let patience = self.limits.silence.as_secs_f64();
            let due = self.got as f64 / self.limits.slowest.max(1) as f64;
            if self.begun.elapsed().as_secs_f64() > patience + due {
                return Err(Fault::slow());
            }
            return Ok(Some(bytes));
        }
    }

    /// All of it, when it is small.
    pub(crate) async fn whole(&mut self, what: &str, limit: u64) -> Result<Vec<u8>, Fault> {
        if self.announced().is_some_and(|size| size > limit) {
            return Err(Fault::too_large(what, limit));
        }
        let mut all = Vec::new();
        while let Some(bytes) = self.next().await? {
            if (all.len() + bytes.len()) as u64 > limit {
                return Err(Fault::too_large(what, limit));
            }
            all.extend_from_slice(&bytes);
        }
        Ok(all)
    }

    /// Takes what is still to come, if that is little: many clients look at the
    /// answer only when they have sent all.
    pub(crate) async fn drain(&mut self) {
        let most = self.got + MAX_DRAINED;
        let rest = async {
            while let Some(Ok(frame)) = self.body.frame().await {
                self.got += frame.data_ref().map_or(0, Bytes::len) as u64;
                if self.got > most {
                    break;
                }
            }
        };
        let _ = timeout(self.limits.silence.min(DRAINING), rest).await;
    }
}
