//! What is shown while it runs, on standard error: a live line on a terminal, plain lines elsewhere, nothing when quiet.

use super::note;
use super::speech::to_be_noted;
use crate::experiment::{Expected, Live, Progress, ProgressSender, Why};
use crate::report::{fate, headline};
use crate::run::{Failure, Phase};
use crate::scenario::Held;
use crate::units::{Unit, counted, grouped};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::BTreeMap;
use std::io::{self, IsTerminal, stderr};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// Begins to watch; ends when the sender is dropped.
///
/// # Errors
/// When no thread can be started for it.
pub fn watch(quiet: bool) -> io::Result<(ProgressSender, JoinHandle<()>)> {
    let (sender, receiver) = unbounded_channel();
    let live = stderr().is_terminal() && !quiet;
    let watcher = thread::Builder::new().spawn(move || {
        if quiet {
            let mut receiver: UnboundedReceiver<Progress> = receiver;
            while receiver.blocking_recv().is_some() {}
        } else {
            Watcher::new(live).follow(receiver);
        }
    })?;
    Ok((sender, watcher))
}

struct Watcher {
    /// The live line; hidden where there is no terminal.
    bar: ProgressBar,
    live: bool,
    step: String,
    ends: Instant,
    trials: BTreeMap<u32, Live>,
    /// The phase that a plain line has told of last.
    told: Option<Phase>,
    /// Whether the trials are those at the limit of a proof.
    at_limit: bool,
    /// What went wrong last.
    trouble: Option<Box<Failure>>,
}

/// How a trial is called: people asked for streams, and know of no other number.
fn trial_with(streams: u32) -> String {
    format!("the trial with {}", counted(u64::from(streams), "stream"))
}

/// How long it may take, and how long each of several passes.
fn run_begins(expected: Expected, pass: f64) -> String {
    let several = if expected.most > pass { format!("passes of about {}, ", length(pass)) } else { String::new() };
    format!("{several}{} in all", between(expected))
}

/// What a pass is for, where that is not said by its number.
fn purpose(why: Why) -> String {
    match why {
        Why::First | Why::Sharper => String::new(),
        Why::Longer { streams } => {
            format!(", with up to {}, because fewer do not tell what one costs", counted(u64::from(streams), "stream"))
        }
    }
}

/// `272 and 276 streams`.
fn with_streams(numbers: &[u32]) -> String {
    match numbers {
        [one] => counted(u64::from(*one), "stream"),
        more => {
            let numbers: Vec<String> = more.iter().map(|streams| grouped(u64::from(*streams))).collect();
            format!("{} streams", numbers.join(" and "))
        }
    }
}

impl Watcher {
    fn new(live: bool) -> Watcher {
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        let (step, ends, trials) = (String::new(), Instant::now(), BTreeMap::new());
        Watcher { bar, live, step, ends, trials, told: None, at_limit: false, trouble: None }
    }

    fn follow(mut self, mut news: UnboundedReceiver<Progress>) {
        while let Some(progress) = news.blocking_recv() {
            self.hear(progress);
        }
        self.bar.finish_and_clear();
    }

    fn hear(&mut self, progress: Progress) {
        match progress {
            Progress::RunBegins { expected, pass } => {
                self.say(&run_begins(expected, pass));
            }
            Progress::ProofBegins { expected } => self.say(&format!(
                "a first line, then lines and trials near the number of streams that the limit kills: {}, and longer with many streams",
                between(expected)
            )),
            Progress::Predicted { streams, expected } => self.say(&format!(
                "predicted: the limit kills {} streams; lines and trials near it take {}",
                grouped(streams),
                between(expected)
            )),
            Progress::PassBegins { pass, of, why, trials, seconds } => {
                let trials = counted(u64::from(trials), "trial");
                // Of one pass nobody has to know that there might have been more.
                let (step, begins) = match of {
                    1 => ("trials for a line".to_owned(), format!("{trials} for a line")),
                    more => (format!("pass {pass} of at most {more}"), format!("pass {pass} of at most {more}: {trials}")),
                };
                self.begin(step, seconds);
                self.line(&format!("{begins}{}, about {}", purpose(why), length(seconds)));
            }
            Progress::Now(now) => {
                self.trials.insert(now.sequence, now);
                self.show();
                let phase = self.slowest();
                if phase != self.told {
                    self.told = phase;
                    self.line(&self.bar.message());
                }
            }
            Progress::TrialEnds { sequence, asked, trouble } => {
                self.trials.remove(&sequence);
                // What becomes of a trial at a limit is said by its fate.
                if let Some(failure) = trouble.filter(|_| !self.at_limit) {
                    let is_the_same = self.trouble.as_ref().is_some_and(|last| last.is_like(&failure));
                    let why = if is_the_same { "the same".to_owned() } else { failure.to_string() };
                    self.say(&format!("{}: {why}", trial_with(asked)));
                    self.trouble = Some(failure);
                }
            }
            Progress::SeriesEnd { labels } => {
                let labels = labels.join(", ");
                self.say(&format!("{labels}: that will not get better, and the other trials are left out"));
            }
            Progress::PassEnds { pass, so_far, another } => {
                // After the last pass the whole answer follows.
                if another {
                    for mode in so_far.iter().flat_map(|analysis| &analysis.series) {
                        self.say(&format!("after pass {pass}: {}", headline(mode)));
                    }
                    self.line("it is not yet as sharp as it is wanted, or nothing was repeated: another pass");
                }
            }
            Progress::LimitBegins { limit, streams, seconds } => {
                let step = format!("trials at the limit of {limit}");
                self.begin(step.clone(), seconds);
                self.at_limit = true;
                self.line(&format!("{step}, with {}, about {}", with_streams(&streams), length(seconds)));
                self.show();
            }
            Progress::LimitEnds(trial) => {
                self.say(&format!("{}: {}", trial_with(trial.streams), fate(&trial, Held::Stream)));
            }
            Progress::LooksBegin { processes, seconds } => {
                self.begin("looks into heaps".to_owned(), seconds);
                self.line(&format!("looks into heaps: {processes} processes, about {seconds:.0} s"));
                self.show();
            }
            Progress::ProfilesBegin { processes, seconds } => {
                self.begin("heap profiles".to_owned(), seconds);
                self.line(&format!("heap profiles: {processes} processes, about {seconds:.0} s"));
                self.show();
            }
        }
    }

    fn begin(&mut self, step: String, seconds: f64) {
        self.step = step;
        self.ends = Instant::now() + Duration::from_secs_f64(seconds);
        self.trials.clear();
        self.told = None;
        self.at_limit = false;
    }

    /// What is to be seen on a terminal and in a pipe.
    fn say(&self, text: &str) {
        if self.live {
            self.bar.println(to_be_noted(text));
        } else {
            note(text);
        }
    }

    /// What is to be seen in a pipe only: a terminal has the live line.
    fn line(&self, text: &str) {
        if !self.live {
            note(text);
        }
    }

    /// The phase of the trial that is farthest behind.
    fn slowest(&self) -> Option<Phase> {
        self.trials.values().map(|trial| trial.phase).min()
    }

    fn show(&self) {
        let left = self.ends.saturating_duration_since(Instant::now()).as_secs();
        let mut parts = vec![self.step.clone()];
        if let Some(phase) = self.slowest() {
            let sum = |number: fn(&Live) -> u32| self.trials.values().map(number).map(u64::from).sum::<u64>();
            let rss = || self.trials.values().map(|trial| trial.rss_bytes as f64);
            let (low, high) = (rss().fold(f64::INFINITY, f64::min), rss().fold(0.0, f64::max));
            parts.push(format!("{} {phase}", counted(self.trials.len() as u64, "trial")));
            parts.push(format!(
                "{} of {} streams open",
                grouped(sum(|trial| trial.open)),
                grouped(sum(|trial| trial.asked))
            ));
            parts.push(format!("RSS {} to {}", Unit::Mebibyte.number(low, 3), Unit::Mebibyte.with_unit(high, 3)));
        }
        parts.push(if left > 0 { format!("{left} s left") } else { "slower than expected".to_owned() });
        self.bar.set_message(parts.join(" · "));
        // The spinner turns as often as there is news: a ticker of the bar's own would be one more thread to be had.
        self.bar.tick();
    }
}

/// `about 45 s`, or `2 min 20 s to 5 min`.
fn between(expected: Expected) -> String {
    let (least, most) = (length(expected.least), length(expected.most));
    if least == most { format!("about {least}") } else { format!("about {least} to {most}") }
}

/// `45 s`, `2 min 20 s`, `12 min`, `1 h 40 min`: as exact as an expectation is.
fn length(seconds: f64) -> String {
    let seconds = seconds.max(0.0);
    if seconds < 90.0 {
        return format!("{seconds:.0} s");
    }
    let (whole, unit, part, part_unit) = match seconds {
        short if short < 595.0 => ((short / 10.0).round() as u64 * 10, "min", 60, "s"),
        long if long < 5370.0 => return format!("{:.0} min", long / 60.0),
        long => ((long / 600.0).round() as u64 * 10, "h", 60, "min"),
    };
    match (whole / part, whole % part) {
        (number, 0) => format!("{} {unit}", grouped(number)),
        (number, rest) => format!("{} {unit} {rest} {part_unit}", grouped(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Bytes;

    #[test]
    fn one_pass_is_all() {
        let seconds = |least, most| Expected { least, most };
        assert_eq!(run_begins(seconds(10.0, 10.0), 10.0), "about 10 s in all");
        assert_eq!(run_begins(seconds(20.0, 50.0), 10.0), "passes of about 10 s, about 20 s to 50 s in all");
    }

    /// Trials at a limit belong to no pass.
    #[test]
    fn trials_at_a_limit_are_called_so() {
        let mut watcher = Watcher::new(false);
        watcher.hear(Progress::PassBegins { pass: 1, of: 1, why: Why::First, trials: 4, seconds: 20.0 });
        assert_eq!(watcher.step, "trials for a line");
        watcher.hear(Progress::LimitBegins { limit: Bytes(48 << 20), streams: vec![272, 276], seconds: 30.0 });
        watcher.hear(Progress::Now(Live {
            sequence: 272,
            series: 0,
            asked: 272,
            phase: Phase::Streaming,
            open: 272,
            rss_bytes: 1 << 20,
        }));
        let shown = watcher.bar.message();
        assert!(shown.starts_with("trials at the limit of 48 MiB · 1 trial streaming · 272 of 272"), "{shown}");
        assert_eq!(with_streams(&[272, 276]), "272 and 276 streams");
        assert_eq!(with_streams(&[1]), "1 stream");
    }

    #[test]
    fn lengths_are_as_exact_as_expectations() {
        for (seconds, words) in [
            (0.4, "0 s"),
            (65.0, "65 s"),
            (89.4, "89 s"),
            (90.0, "1 min 30 s"),
            (117.0, "2 min"),
            (144.0, "2 min 20 s"),
            (594.0, "9 min 50 s"),
            (596.0, "10 min"),
            (5340.0, "89 min"),
            (5990.0, "1 h 40 min"),
            (7200.0, "2 h"),
            (1e8, "27,777 h 50 min"),
        ] {
            assert_eq!(length(seconds), words);
        }
        assert_eq!(between(Expected { least: 20.0, most: 20.2 }), "about 20 s");
        assert_eq!(between(Expected { least: 140.0, most: 325.0 }), "about 2 min 20 s to 5 min 30 s");
    }
}
