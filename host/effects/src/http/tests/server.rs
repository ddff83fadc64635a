//! A service that says whatever a test wants.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

pub(super) struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<String>>,
    connections: Arc<AtomicUsize>,
    left: Arc<AtomicBool>,
}

impl Server {
    /// Answers each request with these bytes and closes the connection.
    pub(super) fn answering(text: &str) -> Self {
        let text = text.to_owned();
        Self::start(false, move |stream| drop(stream.write_all(text.as_bytes())))
    }

    /// Says this and then nothing more.
    pub(super) fn stalling(text: &str) -> Self {
        let text = text.to_owned();
        Self::start(false, move |stream| {
            let _ = stream.write_all(text.as_bytes());
            // Returns when the other side has closed.
            let _ = stream.read(&mut [0]);
        })
    }

    /// Says this one byte after the other.
    pub(super) fn dripping(text: &str) -> Self {
        let text = text.to_owned();
        Self::start(false, move |stream| {
            for byte in text.as_bytes() {
                thread::sleep(Duration::from_millis(2));
                if stream.write_all(&[*byte]).is_err() {
                    return;
                }
            }
        })
    }

    /// Says this, and then that again and again.
    pub(super) fn endless(text: &str, more: &'static [u8]) -> Self {
        let text = text.to_owned();
        Self::start(false, move |stream| {
            let _ = stream.write_all(text.as_bytes());
            let more = more.repeat(1000);
            while stream.write_all(&more).is_ok() {}
        })
    }

    /// Answers requests on the same connection.
    pub(super) fn keeping(text: &str) -> Self {
        let text = text.to_owned();
        Self::start(true, move |stream| drop(stream.write_all(text.as_bytes())))
    }

    fn start(keeps: bool, answer: impl Fn(&mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            asked: Arc::default(),
            connections: Arc::default(),
            left: Arc::default(),
        };
        let (asked, left) = (Arc::clone(&server.asked), Arc::clone(&server.left));
        let connections = Arc::clone(&server.connections);
        // Ends with the test's process.
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                while let Some(request) = read(&mut stream) {
                    *asked.lock().unwrap() = request;
                    answer(&mut stream);
                    if !keeps {
                        break;
                    }
                }
                left.store(true, Ordering::SeqCst);
            }
        });
        server
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The last request.
    pub(super) fn asked(&self) -> String {
        self.asked.lock().unwrap().clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Waits until the connection is closed from the other side.
    pub(super) fn is_left(&self) {
        let began = Instant::now();
        while !self.left.load(Ordering::SeqCst) {
            assert!(began.elapsed() < super::PATIENCE, "the connection stays");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// A request with its body, as text.
fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.trim().parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    bytes.extend(body);
    Some(String::from_utf8(bytes).unwrap())
}
