//! One request for many callers: `cargo run --release --example async_fetch`.
//!
//! A memoized async function fetches pages from a small web server, which counts. Whoever asks while a page is on its
//! way waits for it; what was fetched is good for a second; errors are not kept. No runtime is assumed: this one is
//! tokio, which the cache knows nothing about.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use cacheout::memoize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The body of a page. The calls for one URL that come at the same time cost one request, and so does each second.
#[memoize(ttl = 1, max_size = 100)]
async fn fetch(url: &str) -> Result<String, String> {
    let (host, path) = url
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .ok_or("no URL")?;
    let answer = request(host, path)
        .await
        .map_err(|error| error.to_string())?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no HTTP")?;
    match head.split(' ').nth(1) {
        Some("200") => Ok(body.to_owned()),
        status => Err(format!("status {}", status.unwrap_or("unknown"))),
    }
}

async fn request(host: &str, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(host).await?;
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::start().await?;
    println!(
        "\na server at http://{} that takes 100 ms for each page\n",
        server.address
    );

    many_at_once(&server).await?;
    errors(&server).await;
    after_the_ttl(&server).await?;
    println!();
    Ok(())
}

/// Fifty tasks ask for one page.
async fn many_at_once(server: &Server) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    let url = server.url("page");
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { fetch(&url).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await??, "this is /page");
    }
    println!(
        "50 tasks ask for /page      {}  {:>4} ms",
        server.requests("page", 1),
        start.elapsed().as_millis()
    );
    let start = Instant::now();
    fetch(&url).await?;
    println!(
        "another call                {}  {:>4} µs",
        server.requests("page", 1),
        start.elapsed().as_micros()
    );
    Ok(())
}

/// A failure is told to its caller and to those who wait for it, and tried again by the next call.
async fn errors(server: &Server) {
    let url = server.url("broken");
    for count in 1..=2 {
        let Err(error) = fetch(&url).await else {
            continue;
        };
        println!(
            "a call for /broken          {}  {error}",
            server.requests("broken", count)
        );
    }
}

/// What was fetched is good for a second.
async fn after_the_ttl(server: &Server) -> Result<(), Box<dyn Error>> {
    tokio::time::sleep(Duration::from_millis(1_050)).await;
    let url = server.url("page");
    fetch(&url).await?;
    println!("/page, a second later       {}", server.requests("page", 2));
    fetch::invalidate(&url);
    fetch(&url).await?;
    println!("/page, when invalidated     {}", server.requests("page", 3));
    Ok(())
}

// ------------------------------------------------------------------------------------------------------ the server

type Counts = Arc<Mutex<HashMap<String, usize>>>;

/// A web server that counts the requests for each path.
struct Server {
    address: SocketAddr,
    counts: Counts,
}

impl Server {
    async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let counts = Counts::default();
        let shared = Arc::clone(&counts);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&shared)));
            }
        });
        Ok(Server { address, counts })
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    /// How many requests there were so far, which must be as many as expected.
    fn requests(&self, path: &str, expected: usize) -> String {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.get(&format!("/{path}")).copied().unwrap_or(0);
        assert_eq!(count, expected, "requests for /{path}");
        format!(
            "{count} request{} so far",
            if count == 1 { " " } else { "s" }
        )
    }
}

async fn answer(mut stream: TcpStream, counts: Counts) -> io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    let request = String::from_utf8_lossy(&request);
    let path = request.split(' ').nth(1).unwrap_or("/").to_owned();
    *counts
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .entry(path.clone())
        .or_default() += 1;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let status = if path == "/broken" {
        "500 Internal Server Error"
    } else {
        "200 OK"
    };
    let body = format!("this is {path}");
    let length = body.len();
    let answer =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(answer.as_bytes()).await
}
