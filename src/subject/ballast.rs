//! The subject of known cost: for each stream it keeps exactly so many bytes from its first text until its end, and nothing else that
//! grows. A harness that measures right finds that number.

use super::builtin::PlayError;
use super::contract::{Ballast, Contract, Order};
use crate::scenario::prompt_of;
use crate::wire::dialect::Dialect;
use std::io;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// What is read at once, on the task's own memory, which is there from the start.
const READ: usize = 2048;
/// Touching one byte makes a whole page resident; pages of 4 KiB are the smallest there are.
const PAGE: usize = 4096;

/// Plays it until standard input closes.
pub fn play(contract: &Contract, ballast: Ballast) -> Result<(), PlayError> {
    let mut profiler = contract.heap_profile.as_ref().map(|file| dhat::Profiler::builder().file_name(file).build());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut orders = BufReader::new(tokio::io::stdin()).lines();
        let mut streams = tokio::task::JoinSet::new();
        while let Some(line) = orders.next_line().await? {
            match Order::from_line(&line) {
                Some(Order::Open) => {
                    for number in 0..contract.streams {
                        let (url, key) = (contract.base_url(number).to_owned(), contract.api_key.clone());
                        let prompt_chars = contract.prompt_chars;
                        streams.spawn(stream(contract.dialect, url, key, (number, prompt_chars), ballast));
                    }
                }
                Some(Order::Profile) => drop(profiler.take()),
                Some(Order::Report | Order::Collect) | None => {}
            }
        }
        Ok(())
    })
}

async fn stream(
    dialect: Dialect,
    base_url: String,
    key: String,
    (number, prompt_chars): (u32, u32),
    ballast: Ballast,
) -> io::Result<()> {
    let address = base_url.trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).await?;
    // Sent and let go.
    socket.write_all(&request(dialect, address, &key, &prompt(number, prompt_chars))).await?;
    let mut buffer = [0u8; READ];
    let mut kept = None;
    loop {
        let length = socket.read(&mut buffer).await?;
        if length == 0 {
            drop(kept);
            return Ok(());
        }
        if kept.is_none() && memchr::memmem::find(&buffer[..length], dialect.delta_mark()).is_some() {
            kept = Some(keep(ballast));
        }
    }
}

fn prompt(number: u32, chars: u32) -> String {
    if chars == 0 { "Keep this.".to_owned() } else { prompt_of(number, chars) }
}

fn request(dialect: Dialect, host: &str, key: &str, prompt: &str) -> Vec<u8> {
    let body = dialect.request(prompt, dialect.model(), dialect.most_tokens());
    let (path, header) = (dialect.answers_path(), dialect.key_header());
    let mut head = format!("POST {path} HTTP/1.1\r\nhost: {host}\r\n{}: {}{key}\r\n", header.name, header.before);
    for (name, value) in dialect.fixed_headers() {
        head.extend([*name, ": ", *value, "\r\n"]);
    }
    head.push_str("connection: close\r\ncontent-type: application/json\r\n");
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    [head.into_bytes(), body].concat()
}

/// Allocates the bytes, without writing any, and then writes one byte a page if they are to be touched.
fn keep(ballast: Ballast) -> Vec<u8> {
    let mut kept = Vec::with_capacity(ballast.bytes.0 as usize);
    if ballast.touched {
        for byte in kept.spare_capacity_mut().iter_mut().step_by(PAGE) {
            byte.write(1);
        }
    }
    kept
}
