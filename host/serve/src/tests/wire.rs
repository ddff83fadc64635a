//! HTTP by hand, so that anything can be sent.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

pub(super) struct Wire(SocketAddr);

pub(super) struct Got {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let lines = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value)
    }

    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The code of an OCI error.
    pub(super) fn code(&self) -> String {
        let read: serde_json::Value = serde_json::from_slice(&self.body).unwrap();
        assert!(!read["errors"][0]["message"].as_str().unwrap().is_empty());
        read["errors"][0]["code"].as_str().unwrap().to_owned()
    }
}

impl Wire {
    pub(super) fn to(address: SocketAddr) -> Self {
        Self(address)
    }

    pub(super) fn open(&self) -> TcpStream {
        let stream = TcpStream::connect(self.0).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        stream
    }

    pub(super) fn get(&self, path: &str) -> Got {
        self.ask("GET", path, &[], b"")
    }

    pub(super) fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Got {
        let mut text = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        if headers.iter().all(|(name, _)| *name != "host") {
            text += &format!("host: {}\r\n", self.0);
        }
        if !body.is_empty() || matches!(method, "POST" | "PUT" | "PATCH") {
            text += &format!("content-length: {}\r\n", body.len());
        }
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        let mut bytes = (text + "\r\n").into_bytes();
        bytes.extend_from_slice(body);
        self.raw(&bytes)
    }

    /// Sends these bytes and reads to the end.
    pub(super) fn raw(&self, bytes: &[u8]) -> Got {
        let mut stream = self.open();
        // The other side may have answered and left before all is sent.
        let _ = stream.write_all(bytes);
        read(stream)
    }
}

pub(super) fn read(mut stream: TcpStream) -> Got {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let split = bytes.windows(4).position(|it| it == b"\r\n\r\n");
    let split = split.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&bytes)));
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    Got {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        body: bytes[split + 4..].to_vec(),
        head,
    }
}
