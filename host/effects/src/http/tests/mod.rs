//! Against services that answer badly, on this machine.

mod server;

use std::time::{Duration, Instant};

use cm_types::Failure;

use super::*;
use server::Server;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);
const KEY: &str = "sk-test-0123456789";

/// What came of a request: the status, the body, and how it ended.
#[derive(Debug)]
struct Heard {
    status: Option<u16>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    failure: Option<Failure>,
}

fn ask(server: &Server) -> Ask {
    Ask {
        method: "POST".into(),
        address: Address::new(&server.url(), "/v1/messages", true).unwrap(),
        headers: vec![("content-type".into(), "application/json".into())],
        secrets: vec![SecretHeader {
            name: "authorization".into(),
            prefix: "Bearer ".into(),
            secret: KEY.into(),
        }],
        body: b"{}".to_vec(),
        wait: Duration::ZERO,
        limits: AskLimits::default(),
        variable: Some("SERVICE_URL".into()),
    }
}

fn block<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async { tokio::time::timeout(PATIENCE, future).await.unwrap() })
}

async fn all(mut exchange: Exchange) -> Heard {
    let mut heard = Heard {
        status: None,
        headers: Vec::new(),
        body: Vec::new(),
        failure: None,
    };
    loop {
        match exchange.next().await {
            Answer::Begins(response) => {
                heard.status = Some(response.status);
                heard.headers = response.headers;
            }
            Answer::Piece(piece) => heard.body.extend(piece),
            Answer::Complete => return heard,
            Answer::Failed(failure) => {
                heard.failure = Some(failure);
                return heard;
            }
        }
    }
}

fn heard(ask: Ask) -> Heard {
    block(async { all(Client::new().send(ask)).await })
}

fn code(heard: &Heard) -> (&str, bool) {
    let failure = heard.failure.as_ref().unwrap();
    (failure.code.as_str(), failure.retry)
}

#[test]
fn an_answer_comes_as_it_was_sent() {
    let server = Server::answering(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Id: 7\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n",
    );
    let heard = heard(ask(&server));
    assert_eq!(heard.status, Some(200));
    assert_eq!(heard.body, b"hello, world");
    assert!(heard.failure.is_none());
    assert!(heard.headers.contains(&("x-id".into(), "7".into())));
    let asked = server.asked();
    assert!(
        asked.starts_with("POST /v1/messages HTTP/1.1\r\n"),
        "{asked}"
    );
    let lower = asked.to_ascii_lowercase();
    assert!(
        lower.contains(&format!("authorization: bearer {KEY}")),
        "{asked}"
    );
    assert!(asked.ends_with("\r\n\r\n{}"), "{asked}");
}

#[test]
fn a_status_is_an_answer() {
    let server =
        Server::answering("HTTP/1.1 429 Slow\r\nretry-after: 3\r\ncontent-length: 2\r\n\r\n{}");
    let heard = heard(ask(&server));
    assert_eq!(
        (heard.status, heard.body.as_slice()),
        (Some(429), &b"{}"[..])
    );
    assert!(heard.headers.contains(&("retry-after".into(), "3".into())));
}

#[test]
fn the_key_never_comes_back() {
    let body = format!("{{\"error\":\"invalid key {KEY}, {KEY}\"}}");
    let server = Server::answering(&format!(
        "HTTP/1.1 401 No\r\nx-echo: Bearer {KEY}\r\nset-cookie: a=b\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ));
    let ask = ask(&server);
    assert!(!format!("{ask:?}").contains(KEY));
    let heard = heard(ask);
    assert!(!format!("{heard:?}").contains(KEY), "{heard:?}");
    let body = String::from_utf8(heard.body).unwrap();
    assert_eq!(body, "{\"error\":\"invalid key [secret], [secret]\"}");
    assert!(!heard.headers.iter().any(|(name, _)| name == "set-cookie"));
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    for status in [301, 302, 303, 307, 308] {
        let server = Server::answering(&format!(
            "HTTP/1.1 {status} Over there\r\nlocation: {}/v1?key={KEY}\r\ncontent-length: 0\r\n\r\n",
            elsewhere.url()
        ));
        let heard = heard(ask(&server));
        assert_eq!(code(&heard), ("redirected", false));
        let message = &heard.failure.unwrap().message;
        assert!(
            message.contains("SERVICE_URL") && !message.contains(KEY),
            "{message}"
        );
    }
    assert_eq!(elsewhere.asked(), "");
}

#[test]
fn a_web_page_is_no_answer() {
    let page = |status: &str| {
        Server::answering(&format!(
            "HTTP/1.1 {status}\r\ncontent-type: Text/HTML; charset=utf-8\r\ncontent-length: 6\r\n\r\n<html>"
        ))
    };
    assert_eq!(code(&heard(ask(&page("200 OK")))), ("not-an-api", false));
    assert_eq!(code(&heard(ask(&page("404 No")))), ("not-an-api", false));
    assert_eq!(code(&heard(ask(&page("502 Bad")))), ("api-error", true));
}

#[test]
fn an_answer_that_breaks_off_is_noticed() {
    for text in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, wo",
    ] {
        let heard = heard(ask(&Server::answering(text)));
        assert_eq!(heard.status, Some(200));
        assert!(heard.body.starts_with(b"hello"));
        assert_eq!(code(&heard), ("network", true), "{text}");
    }
}

#[test]
fn nobody_there_is_told_as_such() {
    let server = Server::answering("");
    let mut request = ask(&server);
    // The port was ours a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .unwrap();
    request.address = Address::new(&format!("http://{port}"), "/", true).unwrap();
    assert_eq!(code(&heard(request)), ("network", true));
    assert_eq!(code(&heard(ask(&server))), ("network", true));
}

#[test]
fn a_service_that_stalls_is_left() {
    for text in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello",
    ] {
        let server = Server::stalling(text);
        let mut request = ask(&server);
        request.limits.idle = Duration::from_millis(200);
        let began = Instant::now();
        let heard = heard(request);
        assert_eq!(code(&heard), ("network", true), "{text}");
        assert!(began.elapsed() < PATIENCE);
    }
}

#[test]
fn a_slow_service_is_waited_for() {
    let server = Server::dripping("HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\nhello, world");
    let mut request = ask(&server);
    request.limits.idle = Duration::from_secs(5);
    assert_eq!(heard(request).body, b"hello, world");
    let mut request = ask(&server);
    request.limits.total = Duration::from_millis(20);
    assert_eq!(code(&heard(request)), ("network", true));
}

#[test]
fn there_is_an_end_to_everything() {
    let server = Server::endless("HTTP/1.1 200 OK\r\n\r\n", b"0123456789");
    let mut request = ask(&server);
    request.limits.body = 100_000;
    let answered = heard(request);
    assert_eq!(code(&answered), ("answer-too-large", false));
    assert!(answered.body.len() <= 100_000);
    let server = Server::endless("HTTP/1.1 200 OK\r\n", b"x-more: 1234567890\r\n");
    let answered = heard(ask(&server));
    assert_eq!(answered.status, None);
    assert!(answered.failure.is_some());
}

#[test]
fn who_does_not_listen_any_more_ends_it() {
    let server = Server::stalling("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello");
    block(async {
        let client = Client::new();
        let mut exchange = client.send(ask(&server));
        assert!(matches!(exchange.next().await, Answer::Begins(_)));
        assert_eq!(exchange.next().await, Answer::Piece(b"hello".to_vec()));
        let nothing = tokio::time::timeout(Duration::from_millis(50), exchange.next()).await;
        assert!(nothing.is_err());
    });
    server.is_left();
}

#[test]
fn it_waits_before_it_is_sent() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    let mut request = ask(&server);
    request.wait = Duration::from_millis(300);
    block(async {
        let mut exchange = Client::new().send(request);
        let early = tokio::time::timeout(Duration::from_millis(50), exchange.next()).await;
        assert!(early.is_err());
        assert_eq!(server.asked(), "");
        assert!(matches!(exchange.next().await, Answer::Begins(_)));
    });
}

#[test]
fn what_no_adapter_may_say_is_refused() {
    let server = Server::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    for (name, value) in [
        ("Host", "evil.example"),
        ("content-length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("proxy-authorization", "x"),
        ("a b", "x"),
        ("x", "a\r\nb: c"),
    ] {
        let mut request = ask(&server);
        request.headers.push((name.into(), value.into()));
        assert_eq!(code(&heard(request)), ("bad-request", false), "{name}");
    }
    let mut request = ask(&server);
    request.secrets[0].secret = "sk-secret\nx: y".into();
    let answered = heard(request);
    assert_eq!(code(&answered), ("bad-request", false));
    assert!(!format!("{answered:?}").contains("sk-secret"));
    let mut request = ask(&server);
    request.method = "DELETE".into();
    assert_eq!(code(&heard(request)), ("bad-request", false));
    assert_eq!(server.asked(), "");
}

#[test]
fn connections_are_used_again() {
    let server = Server::keeping("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    block(async {
        let client = Client::new();
        for _ in 0..3 {
            assert_eq!(all(client.send(ask(&server))).await.body, b"ok");
        }
    });
    assert_eq!(server.connections(), 1);
}
