//! Traffic: when requests come, who may start, who waits, who is refused, and when one is sent again.
//!
//! Four machines without sockets, threads or sleep. None of them has a clock: each is told the time, does what is due, and says how long
//! until it would answer otherwise. So one and the same code decides in a simulation of a year and in a process that runs now.
//!
//! | machine | question | answer |
//! |---|---|---|
//! | [`ArrivalProcess`] of [`Arrivals`] | when does the next request come? | a time |
//! | [`Gate`] | may it start here, is there a place to wait, and whose turn is it? | [`Admission`], [`Waiter`] |
//! | [`Bucket`], and the [`Buckets`] of all [`Limits`] of one account and model | does the API take it now? | yes, or a [`Wait`] |
//! | [`Retry`] | when is it sent again? | seconds, or not again |
//!
//! # Time and numbers
//! Times are seconds since a beginning that the caller chooses, as doubles of 0 or more; a name that ends in `_s` is such a time or a length
//! in seconds. A double has microseconds for 200 years, and a simulation may take steps that no whole number of nanoseconds is fine enough
//! for. Times are to rise. One that lies before what a bucket has been told already, as happens between threads that read a clock before they
//! take a lock, is taken for the latest.
//!
//! Settings ([`Arrivals`], [`Limits`], [`Retry`]) are plain numbers that anybody may write down; each has a `check` that says which one is
//! out of its range. The machines take them as checked: from others they answer nonsense, but do not panic.
//!
//! What is random is drawn from a generator that the caller hands over: the same seed draws the same.
//!
//! # Who uses it, and how
//! - **The simulation** of a plan (`plan::simulate`) has an event for every time that it is told, and one gate for each replica.
//! - **A simulator** that enforces limits has one [`Buckets`] behind a lock. With each request it calls [`Buckets::start`] at
//!   `start.elapsed().as_secs_f64()`, `start` being an `Instant` of its own; it answers [`Refusal`] with 429 and [`Wait::retry_after_s`],
//!   calls [`Buckets::produced`] with what each write sent (and starts and ends with 0 tokens a second), [`Buckets::end`] when the stream
//!   ends, however that is, and fills the headers from [`Bucket::level`] and [`Bucket::full_in_s`].
//! - **A client** that governs itself has one `Gate<T>` behind a lock, `T` being what wakes a waiting task, such as the sender of a one-shot
//!   channel. [`Admission::Wait`] is waited for until the task is woken or its patience ends, when it leaves with [`Gate::give_up`]. Whoever
//!   has done, or was woken and is not there any more, calls [`Gate::release`] and hands the slot on with [`Gate::wake`]. Between its attempts
//!   a task sleeps for [`Retry::delay_s`].
//!
//! ```
//! use stream_probe::traffic::{Admission, Bucket, Gate, Limit, Queue, Retry, Wait};
//!
//! // 60 requests a minute, two of them at once.
//! let mut bucket = Bucket::new(&Limit { per_minute: 60.0, depth: 2.0 });
//! assert_eq!(bucket.try_take(0.0, 2.0), Ok(()));
//! assert_eq!(bucket.try_take(0.5, 1.0), Err(Wait::Seconds(0.5)));
//! assert_eq!(bucket.try_take(1.0, 1.0), Ok(()));
//!
//! // One slot and one place to wait: the third is refused.
//! let mut gate = Gate::new(1, [Queue { places: 1, patience_s: Some(30.0) }]);
//! assert_eq!(gate.come(0, 0.0, || "first"), Admission::Start);
//! assert!(matches!(gate.come(0, 0.0, || "second"), Admission::Wait(_)));
//! assert_eq!(gate.come(0, 0.0, || "third"), Admission::Refuse);
//! gate.release();
//! assert_eq!(gate.wake().map(|waiter| waiter.who), Some("second"));
//!
//! // What the API says is obeyed; else half a second, less up to a quarter; and three attempts are all.
//! let mut random = fastrand::Rng::with_seed(1);
//! let retry = Retry::as_the_sdks();
//! assert_eq!(retry.delay_s(1, Some(7.0), &mut random), Some(7.0));
//! assert!(retry.delay_s(1, None, &mut random).is_some_and(|delay_s| delay_s > 0.375 && delay_s <= 0.5));
//! assert_eq!(retry.delay_s(3, None, &mut random), None);
//! ```

mod arrivals;
mod bucket;
mod buckets;
mod gate;
mod random;
mod range;
mod retry;

pub use arrivals::{ArrivalProcess, Arrivals};
pub use bucket::{Bucket, Limit, Wait};
pub use buckets::{Buckets, Counted, Limits, Refusal};
pub use gate::{Admission, ENDLESS, Gate, Queue, Ticket, Waiter};
pub(crate) use random::exponential;
pub use range::OutOfRange;
pub(crate) use range::{above_zero, share, that, zero_or_more};
pub use retry::Retry;
