//! Bodies of requests on their way in: one budget of bytes over all that are held at once, and a time in which each has to be there.
//!
//! A body is let in whole: only once there is room for all of it is any of it read, so that what is let in can always come to its end, and
//! bodies that have begun do not wait for each other. What is not let in waits in its client, because nobody reads it. A length that is not
//! said in the request's head counts as the largest that is allowed until the body is there.
//!
//! Each is held in a mapping of its own and not on the heap: the allocator would keep what has been freed, 900 MB of it after thirty bodies of
//! 31 MB, and a mapping goes back to the system at once.

use crate::units::Bytes as Size;
use crate::wire::problem::{ApiError, Problem};
use bytes::{Buf, Bytes};
use http_body_util::BodyExt;
use hyper::body::Body;
use memmap2::MmapMut;
use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// The API takes at most 32 MB a request.
const REQUEST_LIMIT: usize = 32_000_000;
/// Room for four of the largest.
const BUDGET: usize = 4 * REQUEST_LIMIT;
/// How long a body may wait for room, in which others come to their end or run out of their time twice over.
const ROOM_WITHIN: Duration = Duration::from_secs(60);
/// How long it may take from then on. The largest takes some hundredths of a second on this machine.
const BODY_WITHIN: Duration = Duration::from_secs(30);

/// Takes bodies in.
#[derive(Debug)]
pub struct Intake {
    /// Bytes that are free.
    room: Arc<Semaphore>,
    room_within: Duration,
    body_within: Duration,
}

/// A body that is there, and its part of the budget. Both are given back when it is dropped.
struct Held {
    memory: MmapMut,
    length: usize,
    _room: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.memory[..self.length]
    }
}

impl Default for Intake {
    fn default() -> Intake {
        Intake { room: Arc::new(Semaphore::new(BUDGET)), room_within: ROOM_WITHIN, body_within: BODY_WITHIN }
    }
}

impl Intake {
    /// The whole body of a request. Its part of the budget is taken until the last copy of the bytes is dropped.
    ///
    /// # Errors
    /// When it is too large, there is no room for it, it takes too long, or it cannot be read.
    pub async fn take<B>(&self, body: B) -> Result<Bytes, ApiError>
    where
        B: Body<Error: Error>,
    {
        let said = body.size_hint().exact().map(|length| length as usize);
        let most = said.unwrap_or(REQUEST_LIMIT);
        if most > REQUEST_LIMIT {
            // Read on all the same, and held nowhere: who is still sending would not see the answer.
            let _ = timeout(self.body_within, drained(body)).await;
            return Err(too_large());
        }
        let room = self.room(most).await?;
        let held = timeout(self.body_within, read(body, most, room));
        held.await.map_err(|_| too_slow(self.body_within))?.map(Bytes::from_owner)
    }

    async fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, ApiError> {
        // No body is larger than 32 MB, and nobody closes the semaphore.
        let room = Arc::clone(&self.room).acquire_many_owned(bytes as u32);
        match timeout(self.room_within, room).await {
            Ok(Ok(room)) => Ok(room),
            Ok(Err(_)) | Err(_) => Err(no_room(self.room_within)),
        }
    }
}

/// Reads a body of at most that many bytes.
async fn read<B>(body: B, most: usize, mut room: OwnedSemaphorePermit) -> Result<Held, ApiError>
where
    B: Body<Error: Error>,
{
    // Pages that are never written to take no memory. A mapping of nothing cannot be made.
    let mut memory = MmapMut::map_anon(most.max(1)).map_err(|error| no_memory(&error))?;
    let mut body = pin!(body);
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(mut data) = frame.map_err(|error| unreadable(&error))?.into_data() else { continue };
        let end = length + data.remaining();
        if end > most {
            drop((memory, room));
            drained(body).await;
            return Err(too_large());
        }
        data.copy_to_slice(&mut memory[length..end]);
        length = end;
    }
    drop(room.split(most - length));
    Ok(Held { memory, length, _room: room })
}

/// Reads the rest and keeps none of it.
async fn drained<B: Body>(body: B) {
    let mut body = pin!(body);
    while let Some(Ok(_)) = body.frame().await {}
}

fn too_large() -> ApiError {
    ApiError::new(Problem::TooLarge, "Request exceeds the maximum size")
}

fn too_slow(within: Duration) -> ApiError {
    ApiError::new(Problem::TooSlow, format!("The request body did not come within {} s", within.as_secs_f64()))
}

fn no_room(within: Duration) -> ApiError {
    ApiError::overloaded(format!(
        "The simulator holds at most {} of request bodies at once, and those before this one did not end within {} s",
        Size(BUDGET as u64),
        within.as_secs_f64()
    ))
}

fn no_memory(error: &std::io::Error) -> ApiError {
    ApiError::overloaded(format!("The simulator has no memory for the request body: {error}"))
}

/// With its causes: the first one alone says no more than that it was a body.
fn unreadable(error: &dyn Error) -> ApiError {
    let mut message = format!("The request body cannot be read: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        message = format!("{message}: {error}");
        cause = error.source();
    }
    ApiError::invalid(message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{StreamExt, stream};
    use http_body_util::{Full, StreamBody};
    use hyper::body::Frame;
    use std::io;

    /// A little room, and little patience.
    fn intake(room: usize) -> Intake {
        let within = Duration::from_millis(20);
        Intake { room: Arc::new(Semaphore::new(room)), room_within: within, body_within: within }
    }

    /// A body in pieces, whose length nobody says.
    fn pieces(pieces: Vec<Bytes>) -> impl Body<Data = Bytes, Error = io::Error> {
        StreamBody::new(stream::iter(pieces).map(|piece| Ok(Frame::data(piece))))
    }

    fn whole(bytes: &[u8]) -> Full<Bytes> {
        Full::new(Bytes::copy_from_slice(bytes))
    }

    #[tokio::test]
    async fn room_is_taken_for_as_long_as_the_bytes_live() {
        let intake = intake(10);
        let first = intake.take(whole(b"six...")).await.unwrap();
        assert_eq!((&first[..], intake.room.available_permits()), (&b"six..."[..], 4));
        assert_eq!(intake.take(whole(b"five.")).await.unwrap_err().problem, Problem::Overloaded);
        let copy = first.slice(1..);
        drop(first);
        assert_eq!(intake.take(whole(b"five.")).await.unwrap_err().problem, Problem::Overloaded);
        drop(copy);
        assert_eq!(&intake.take(whole(b"five.")).await.unwrap()[..], b"five.");
        assert_eq!(intake.take(whole(b"")).await.unwrap().len(), 0);
        assert_eq!(intake.room.available_permits(), 10);
    }

    #[tokio::test]
    async fn a_body_of_unknown_length_takes_what_it_is_once_it_is_there() {
        let intake = intake(REQUEST_LIMIT + 5);
        let body = intake.take(pieces(vec![Bytes::from_static(b"one"), Bytes::from_static(b"two")])).await.unwrap();
        assert_eq!((&body[..], intake.room.available_permits()), (&b"onetwo"[..], REQUEST_LIMIT - 1));
    }

    #[tokio::test]
    async fn what_is_too_large_too_slow_or_broken_is_refused_and_keeps_no_room() {
        let intake = intake(REQUEST_LIMIT);
        let megabyte = Bytes::from(vec![b' '; 1_000_000]);
        let too_large = intake.take(pieces(vec![megabyte.clone(); 33])).await.unwrap_err();
        assert_eq!(too_large.problem, Problem::TooLarge);
        let said = intake.take(whole(&megabyte.repeat(33))).await.unwrap_err();
        assert_eq!(said, too_large);
        let stalls = pieces(vec![megabyte; 3]).into_data_stream().chain(stream::pending());
        let too_slow = intake.take(StreamBody::new(stalls.map(|piece| piece.map(Frame::data)))).await.unwrap_err();
        assert_eq!(too_slow.problem, Problem::TooSlow);
        let breaks =
            stream::iter([Ok(Frame::data(Bytes::from_static(b"{"))), Err(io::Error::other("Invalid chunk size"))]);
        let broken = intake.take(StreamBody::new(breaks)).await.unwrap_err();
        assert_eq!(broken.problem, Problem::Invalid);
        assert!(broken.message.contains("Invalid chunk size"), "{}", broken.message);
        assert_eq!(intake.room.available_permits(), REQUEST_LIMIT);
    }
}
