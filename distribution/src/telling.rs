//! A word to a server that is no registry.

use std::time::Duration;

use ureq::http::{StatusCode, Uri, header};

use crate::remote;

/// Sends a JSON text there, once. Redirections are not followed: what is said is for this
/// server alone.
///
/// # Errors
/// Why it did not arrive, without the address: it may hold a secret.
pub fn tell(url: &str, json: &[u8], within: Duration) -> Result<(), String> {
    let uri: Uri = url
        .parse()
        .map_err(|_| "has no address that can be used".to_owned())?;
    let near = uri.host().is_some_and(remote::is_loopback);
    let answer = remote::agent(near)
        .post(&uri)
        .header(header::CONTENT_TYPE, "application/json")
        .config()
        .timeout_global(Some(within))
        .build()
        .send(json);
    match answer {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("answered {}", said(answer.status()))),
        Err(ureq::Error::Timeout(_)) => Err("took too long to answer".into()),
        Err(error) => Err(format!(
            "cannot be reached: {}",
            error.to_string().replace(url, "its address")
        )),
    }
}

fn said(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_u16()),
        None => status.as_u16().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{BufRead as _, BufReader, Read as _, Write as _},
        net::TcpListener,
        thread,
    };

    use super::*;

    const LONG: Duration = Duration::from_secs(20);

    /// A server for one request; gives its head and its body.
    fn server(answer: &'static str) -> (String, thread::JoinHandle<(String, String)>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook?key=secret", listener.local_addr().unwrap());
        let served = thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream);
            let (mut head, mut length) = (String::new(), 0);
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let lower = line.to_lowercase();
                if let Some(size) = lower.strip_prefix("content-length:") {
                    length = size.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
                head.push_str(&lower);
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            reader.get_mut().write_all(answer.as_bytes()).unwrap();
            (head, String::from_utf8(body).unwrap())
        });
        (url, served)
    }

    #[test]
    fn it_arrives_as_it_is() {
        let (url, served) = server("HTTP/1.1 204 No Content\r\n\r\n");
        tell(&url, br#"{"run":"k3f9ab"}"#, LONG).unwrap();
        let (head, body) = served.join().unwrap();
        assert!(head.starts_with("post /hook?key=secret "), "{head}");
        assert!(head.contains("content-type: application/json"), "{head}");
        assert_eq!(body, r#"{"run":"k3f9ab"}"#);
    }

    #[test]
    fn what_does_not_arrive_tells_no_secret() {
        let (url, served) = server(
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
        );
        assert_eq!(tell(&url, b"{}", LONG).unwrap_err(), "answered 302 Found");
        served.join().unwrap();
        // Nobody listens there any more.
        let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
        let gone = format!("http://{}/secret", gone.unwrap());
        for url in [gone.as_str(), "no address/secret", "http:///secret"] {
            let why = tell(url, b"{}", LONG).unwrap_err();
            assert!(!why.contains("secret"), "{why}");
        }
        // Somebody who never answers.
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/secret", silent.local_addr().unwrap());
        let why = tell(&url, b"{}", Duration::from_millis(300)).unwrap_err();
        assert_eq!(why, "took too long to answer");
    }
}
