//! Whether a subject that is waited for still does anything. One that does nothing for long enough waits for something itself, and more patience
//! would not help.

use super::conductor::Conductor;
use crate::sampler::Tree;
use crate::scenario::Drive;
use std::future::pending;
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// The processor time that is nothing: timers of a runtime at rest take well under this share.
const NOTHING: f64 = 0.01;
const LEAST: Duration = Duration::from_millis(20);
/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// For how long a subject has done nothing.
struct Idleness {
    since: Instant,
    used: Duration,
}

impl Idleness {
    fn new(now: Instant, used: Duration) -> Idleness {
        Idleness { since: now, used }
    }

    /// `used` is the processor time of the subject by now.
    fn lasts(&mut self, now: Instant, used: Duration) -> Duration {
        let lasts = now.duration_since(self.since);
        if used.saturating_sub(self.used) > lasts.mul_f64(NOTHING) + LEAST {
            *self = Idleness::new(now, used);
            return Duration::ZERO;
        }
        lasts
    }
}

/// Looks at the subject until `is_over` says, of how long it has done nothing, that it is enough.
async fn until<T>(subject: &Tree, mut is_over: impl FnMut(Duration) -> Option<T>) -> T {
    let mut idleness = Idleness::new(Instant::now(), Duration::ZERO);
    loop {
        sleep(LOOK).await;
        // What others do whom it has started is its doing as well, also where no sampler follows them.
        subject.refresh();
        // One that has ended is noticed elsewhere.
        let Some(used) = subject.cpu_time() else { pending().await };
        if let Some(answer) = is_over(idleness.lasts(Instant::now(), used)) {
            return answer;
        }
    }
}

impl Conductor<'_> {
    /// Completes when the subject has done nothing for so long.
    pub(super) async fn idle(&self, for_long: Duration) {
        until(&self.tree, |idle| (idle >= for_long).then_some(())).await;
    }

    /// Completes when the server will not listen where users are to ask it, with what it does instead.
    pub(super) async fn listens_elsewhere(&self, drive: &Drive) -> String {
        let expected = reqwest::Url::parse(&drive.url).ok().and_then(|url| url.port_or_known_default());
        let (subject, patience) = (&self.tree, self.patience);
        let why = until(subject, |idle| {
            if idle < patience.settled {
                return None;
            }
            let ports = subject.listening();
            match ports.as_slice() {
                _ if expected.is_some_and(|port| ports.contains(&port)) => None,
                [] if idle < patience.idle => None,
                [] => Some(format!(
                    "the server listens on no port, and has done nothing for {} s",
                    patience.idle.as_secs()
                )),
                [port] => Some(format!("the server listens on port {port}")),
                ports => {
                    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
                    Some(format!("the server listens on ports {}", ports.join(", ")))
                }
            }
        });
        why.await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_are_nothing_and_work_begins_anew() {
        let begun = Instant::now();
        let (seconds, ms) = (Duration::from_secs, Duration::from_millis);
        let mut idleness = Idleness::new(begun, ms(500));
        assert_eq!(idleness.lasts(begun + seconds(5), ms(560)), seconds(5));
        assert_eq!(idleness.lasts(begun + seconds(10), ms(610)), seconds(10));
        assert_eq!(idleness.lasts(begun + seconds(11), ms(700)), Duration::ZERO);
        assert_eq!(idleness.lasts(begun + seconds(13), ms(710)), seconds(2));
    }
}
