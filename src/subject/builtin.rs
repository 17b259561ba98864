//! The built-in subject: opens its streams with the built-in client, and keeps of them what the mode says until they end.

use super::contract::{Contract, Order};
use crate::client::{ClientConfig, ClientError, Keeper, StreamClient, read_events};
use crate::scenario::prompt_of;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::Semaphore;

/// Streams that are being opened at once. What opening takes for a moment stays resident once it was touched: with 64 at once it added
/// 9 KiB to each of 24 streams (30 KiB against 21), which is the cost of a burst and not of an open stream.
const OPENING: usize = 1;

/// Why the subject stopped.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The system refused something.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A stream failed.
    #[error("stream {number}: {source}")]
    Stream {
        /// Which.
        number: u32,
        /// Why.
        source: ClientError,
    },
    /// The client could not be built.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Plays it until standard input closes.
pub fn play(contract: &Contract) -> Result<(), PlayError> {
    // Nothing but this thread may run before the profiler does: what was allocated earlier is not in the profile.
    let mut profiler = contract.heap_profile.as_ref().map(|file| dhat::Profiler::builder().file_name(file).build());
    // One thread: with several, each that happens to run touches an arena and a stack of its own, which put a step of 50 KiB between one
    // stream and two, and 20 KiB of chance on every trial. On one thread, trials agree to the page.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let played = runtime.block_on(async {
        let client = StreamClient::new(&client_config(contract)?, contract.api_key.clone())?
            .asking(&contract.model, contract.max_tokens);
        let mut orders = BufReader::new(tokio::io::stdin()).lines();
        let mut streams = tokio::task::JoinSet::new();
        loop {
            tokio::select! {
                line = orders.next_line() => match line?.as_deref().map(Order::from_line) {
                    Some(Some(Order::Open)) => open_all(contract, &client, &mut streams),
                    Some(Some(Order::Report)) => report(),
                    // There is no garbage here: what is not kept is freed at once.
                    Some(Some(Order::Collect)) => println!("collected"),
                    Some(Some(Order::Profile)) => drop(profiler.take()),
                    Some(None) => {}
                    None => return Ok(()),
                },
                Some(ended) = streams.join_next() => {
                    if let Ok(Err((number, source))) = ended {
                        return Err(PlayError::Stream { number, source });
                    }
                }
            }
        }
    });
    // A thread waits for the next order, and dropping the runtime would wait for that thread.
    runtime.shutdown_background();
    played
}

fn client_config(contract: &Contract) -> Result<ClientConfig, io::Error> {
    let authority_pem = contract.authority.as_ref().map(std::fs::read).transpose()?;
    Ok(ClientConfig { dialect: contract.dialect, http: Some(contract.http), authority_pem })
}

type Streams = tokio::task::JoinSet<Result<(), (u32, ClientError)>>;

fn open_all(contract: &Contract, client: &StreamClient, streams: &mut Streams) {
    let opening = Arc::new(Semaphore::new(OPENING));
    for number in 0..contract.streams {
        let client = client.clone();
        let opening = Arc::clone(&opening);
        let base_url = contract.base_url(number).to_owned();
        let (dialect, mode, slow_reader) = (contract.dialect, contract.mode, contract.slow_reader);
        let prompt_chars = contract.prompt_chars;
        streams.spawn(async move {
            // Boxed, so that the space which opening needs is given back while the stream is read.
            let opened = Box::pin(async {
                let _permit = opening.acquire().await;
                let prompt = prompt_of(number, prompt_chars);
                let response = match prompt_chars {
                    0 => client.open(&base_url).await,
                    _ => client.ask(&base_url, &prompt).await,
                };
                response.map(|response| (response, prompt))
            });
            // What was asked is part of the conversation, which an application holds until it has its answer.
            let (response, _prompt) = opened.await.map_err(|source| (number, source))?;
            drop(client);
            if slow_reader {
                // It is held open and not read: everything that comes stays where it is.
                std::future::pending::<()>().await;
            }
            let mut keeper = Keeper::new(mode);
            let read = read_events(response, |event| keeper.take(dialect, &event)).await;
            read.map_err(|source| (number, source))
        });
    }
}

/// What `memory-stats` says from inside, for comparison with what the harness reads from outside.
fn report() {
    let bytes = memory_stats::memory_stats().map_or(0, |stats| stats.physical_mem);
    println!("rss {bytes}");
}
