//! What is shown while it runs, on standard error: a live line on a terminal, plain lines elsewhere, nothing when quiet.

use super::note;
use crate::experiment::{Cause, Live, Progress, ProgressSender};
use crate::foreign::printable_lines;
use crate::report::headline;
use crate::run::Phase;
use crate::units::{Unit, grouped};
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
    /// What went wrong last.
    trouble: Option<Cause>,
}

/// How a trial is called: people asked for streams, and know of no other number.
fn trial_with(streams: u32) -> String {
    let plural = if streams == 1 { "" } else { "s" };
    format!("the trial with {} stream{plural}", grouped(u64::from(streams)))
}

impl Watcher {
    fn new(live: bool) -> Watcher {
        let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        let (step, ends, trials) = (String::new(), Instant::now(), BTreeMap::new());
        Watcher { bar, live, step, ends, trials, told: None, trouble: None }
    }

    fn follow(mut self, mut news: UnboundedReceiver<Progress>) {
        while let Some(progress) = news.blocking_recv() {
            self.hear(progress);
        }
        self.bar.finish_and_clear();
    }

    fn hear(&mut self, progress: Progress) {
        match progress {
            Progress::PassBegins { pass, of, trials, seconds } => {
                self.begin(format!("pass {pass} of at most {of}"), seconds);
                self.line(&format!("pass {pass} of at most {of}: {trials} trials, about {seconds:.0} s"));
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
                if let Some((why, cause)) = trouble {
                    let is_the_same = self.trouble.as_ref() == Some(&cause);
                    self.say(&format!("{}: {}", trial_with(asked), if is_the_same { "the same" } else { &why }));
                    self.trouble = Some(cause);
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
                    self.line("the interval is not yet within 5 % of the slope, or there has been one pass only: another pass");
                }
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
    }

    /// What is to be seen on a terminal and in a pipe.
    fn say(&self, text: &str) {
        if self.live {
            self.bar.println(printable_lines(text));
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
            let plural = if self.trials.len() == 1 { "" } else { "s" };
            parts.push(format!("{} trial{plural} {phase}", self.trials.len()));
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
