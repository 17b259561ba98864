//! The line to a subject: orders on its standard input, answers on its standard output.

use super::contract::Order;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::timeout;

/// The longest line that can be an answer. What a program prints for its own purposes may be longer, and is passed over.
const LONGEST: usize = 64;
/// Answers that may wait to be read. There is never more than one order without an answer.
const WAITING: usize = 8;

/// The line to a subject, which is to end when it is dropped.
#[derive(Debug)]
pub struct Voice {
    orders: ChildStdin,
    answers: Receiver<String>,
}

impl Voice {
    /// Takes over both ends. Standard output is read to its end whatever comes, so that no program stands still because of a full pipe.
    pub(super) fn new(orders: ChildStdin, out: ChildStdout) -> Voice {
        let (sender, answers) = mpsc::channel(WAITING);
        tokio::spawn(listen(out, sender));
        Voice { orders, answers }
    }

    /// Sends an order. A subject that does not listen is no error.
    pub async fn order(&mut self, order: Order) {
        let _ = self.orders.write_all(format!("{}\n", order.line()).as_bytes()).await;
    }

    /// Asks the subject for its own idea of its RSS, in bytes; `None` if it does not say within `patience`.
    pub async fn self_reported_rss(&mut self, patience: Duration) -> Option<u64> {
        self.order(Order::Report).await;
        self.answer(patience, |line| line.strip_prefix("rss ")?.parse().ok()).await
    }

    /// Asks the subject to collect its garbage; whether it said within `patience` that it had.
    pub async fn collected(&mut self, patience: Duration) -> bool {
        self.order(Order::Collect).await;
        self.answer(patience, |line| (line == "collected").then_some(())).await.is_some()
    }

    async fn answer<T>(&mut self, patience: Duration, meant: impl Fn(&str) -> Option<T>) -> Option<T> {
        let wait = async {
            while let Some(line) = self.answers.recv().await {
                if let Some(answer) = meant(line.trim()) {
                    return Some(answer);
                }
            }
            None
        };
        timeout(patience, wait).await.ok()?
    }
}

async fn listen(mut out: ChildStdout, answers: Sender<String>) {
    let mut buffer = [0u8; 4096];
    let mut line = Vec::new();
    while let Ok(length @ 1..) = out.read(&mut buffer).await {
        for &byte in &buffer[..length] {
            if byte == b'\n' {
                if line.len() <= LONGEST {
                    // Where nobody asked, nobody reads, and what does not fit is no answer.
                    let _ = answers.try_send(String::from_utf8_lossy(&line).into_owned());
                }
                line.clear();
            } else if line.len() <= LONGEST {
                line.push(byte);
            }
        }
    }
}
