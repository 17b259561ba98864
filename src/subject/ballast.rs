//! The subject of known cost: for each stream it keeps exactly so many bytes from its first text until its end, and nothing else that
//! grows. A harness that measures right finds that number.

use super::builtin::PlayError;
use super::contract::{Ballast, Contract, Order};
use crate::wire::request::{KEY_HEADER, MESSAGES_PATH, MessageRequest, VERSION_HEADER};
use std::io;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// What is read at once, on the task's own memory, which is there from the start.
const READ: usize = 2048;
/// Touching one byte makes a whole page resident; pages of 4 KiB are the smallest there are.
const PAGE: usize = 4096;
/// What tells text from everything before it.
const TEXT: &[u8] = b"event: content_block_delta";

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
                        streams.spawn(stream(contract.base_url(number).to_owned(), contract.api_key.clone(), ballast));
                    }
                }
                Some(Order::Profile) => drop(profiler.take()),
                Some(Order::Report | Order::Collect) | None => {}
            }
        }
        Ok(())
    })
}

async fn stream(base_url: String, key: String, ballast: Ballast) -> io::Result<()> {
    let address = base_url.trim_start_matches("http://");
    let mut socket = TcpStream::connect(address).await?;
    socket.write_all(request(address, &key).as_bytes()).await?;
    let mut buffer = [0u8; READ];
    let mut kept = None;
    loop {
        let length = socket.read(&mut buffer).await?;
        if length == 0 {
            drop(kept);
            return Ok(());
        }
        if kept.is_none() && memchr::memmem::find(&buffer[..length], TEXT).is_some() {
            kept = Some(keep(ballast));
        }
    }
}

fn request(host: &str, key: &str) -> String {
    let body = serde_json::to_string(&MessageRequest::streaming(
        "Keep this.",
        MessageRequest::MODEL,
        MessageRequest::MOST_TOKENS,
    ))
    .unwrap_or_default();
    format!(
        "POST {MESSAGES_PATH} HTTP/1.1\r\nhost: {host}\r\n{KEY_HEADER}: {key}\r\n{}: {}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        VERSION_HEADER.0,
        VERSION_HEADER.1,
        body.len()
    )
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
