use std::{
    io::{Seek, SeekFrom},
    sync::Arc,
};

use cm_distribution::Name;
use cm_types::Digest;
use hyper::{
    Method, StatusCode,
    header::{
        ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
        CONTENT_TYPE, ETAG, RANGE,
    },
};

use crate::{
    answer::{Answer, Making},
    body::{FilePart, Reply},
    fault::Fault,
    handler::{Asked, blocking},
    tokens::Access,
};

/// `GET` and `HEAD` of a blob, or of a part of it.
pub(crate) async fn get(asked: Asked<'_>, name: Name, digest: Digest) -> Result<Answer, Fault> {
    asked.who.check(Access::Read, &name)?;
    let shelf = Arc::clone(asked.shelf);
    let (mut file, size) = blocking(move || shelf.blob(&name, digest)).await?;
    let range = asked
        .header(RANGE)
        .map_or(Wanted::All, |text| range(text, size));
    let (status, start, length) = match range {
        Wanted::All => (StatusCode::OK, 0, size),
        Wanted::Part(start, end) => (StatusCode::PARTIAL_CONTENT, start, end - start + 1),
        Wanted::Beyond => {
            let making = Making::new(StatusCode::RANGE_NOT_SATISFIABLE);
            return Ok(making
                .header(CONTENT_RANGE, &format!("bytes */{size}"))
                .empty());
        }
    };
    let mut making = Making::new(status)
        .header(CONTENT_TYPE, "application/octet-stream")
        // Whatever it is: not something for a browser to show.
        .header(CONTENT_DISPOSITION, "attachment")
        .header("content-security-policy", "sandbox")
        .header("docker-content-digest", &digest.to_string())
        .header(ETAG, &format!("\"{digest}\""))
        .header(CACHE_CONTROL, "private, max-age=31536000, immutable")
        .header(ACCEPT_RANGES, "bytes")
        .header(CONTENT_LENGTH, &length.to_string());
    if status == StatusCode::PARTIAL_CONTENT {
        let part = format!("bytes {start}-{}/{size}", start + length - 1);
        making = making.header(CONTENT_RANGE, &part);
    }
    if asked.method == Method::HEAD {
        return Ok(making.empty());
    }
    if start > 0 {
        let seek = file.seek(SeekFrom::Start(start));
        seek.map_err(|error| Fault::disk("read a blob", &error))?;
    }
    Ok(making.reply(Reply::File(FilePart::new(file, length))))
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    All,
    /// From the first to the last one.
    Part(u64, u64),
    Beyond,
}

/// What a `Range` asks for. Several parts at once are more than is offered: then
/// all of it is the right answer, as for what makes no sense.
fn range(text: &str, size: u64) -> Wanted {
    let Some((from, to)) = text
        .strip_prefix("bytes=")
        .and_then(|it| it.split_once('-'))
    else {
        return Wanted::All;
    };
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u64::MAX))
    };
    match (number(from), number(to)) {
        (Some(from), _) if from >= size && (to.is_empty() || number(to).is_some()) => {
            Wanted::Beyond
        }
        (Some(from), None) if to.is_empty() => Wanted::Part(from, size - 1),
        (Some(from), Some(to)) if to >= from => Wanted::Part(from, to.min(size - 1)),
        (None, Some(0)) if from.is_empty() => Wanted::Beyond,
        (None, Some(last)) if from.is_empty() && size > 0 => {
            Wanted::Part(size.saturating_sub(last), size - 1)
        }
        _ => Wanted::All,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        for (text, wanted) in [
            ("bytes=0-", Wanted::Part(0, 9)),
            ("bytes=3-4", Wanted::Part(3, 4)),
            ("bytes=3-99999999999999999999999", Wanted::Part(3, 9)),
            ("bytes=-3", Wanted::Part(7, 9)),
            ("bytes=-30", Wanted::Part(0, 9)),
            ("bytes=-0", Wanted::Beyond),
            ("bytes=10-", Wanted::Beyond),
            ("bytes=99999999999999999999999-", Wanted::Beyond),
            ("bytes=4-3", Wanted::All),
            ("bytes=0-1,3-4", Wanted::All),
            ("bytes=-", Wanted::All),
            ("bytes=+1-2", Wanted::All),
            ("lines=1-2", Wanted::All),
        ] {
            assert_eq!(range(text, 10), wanted, "{text}");
        }
        assert_eq!(range("bytes=0-", 0), Wanted::Beyond);
        assert_eq!(range("bytes=-1", 0), Wanted::All);
    }
}
