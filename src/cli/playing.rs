//! What is shown while a plan is played through, on standard error: nothing within a second; then how long it will take, as a live line on a
//! terminal and as one plain line elsewhere.

use super::note;
use crate::units::{grouped, significant};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

/// Nothing is said of what takes no longer.
const PATIENCE: Duration = Duration::from_secs(1);

/// Watches one simulation.
pub struct Watch {
    begun: Instant,
    bar: Option<ProgressBar>,
}

impl Watch {
    /// It begins now.
    pub fn new() -> Watch {
        Watch { begun: Instant::now(), bar: None }
    }

    /// So many requests are being played, and this share of them was.
    pub fn hear(&mut self, requests: u64, share: f64) {
        let elapsed = self.begun.elapsed();
        if elapsed < PATIENCE || share <= 0.0 || share >= 1.0 {
            return;
        }
        let left_s = elapsed.as_secs_f64() * (1.0 - share) / share;
        let left =
            if left_s < 100.0 { format!("{} s", significant(left_s, 2)) } else { format!("{:.0} min", left_s / 60.0) };
        let live = stderr().is_terminal();
        let is_first = self.bar.is_none();
        let bar = self.bar.get_or_insert_with(|| bar(live));
        let doing = format!("playing {} requests", grouped(requests));
        if !live && is_first {
            note(&format!("{doing}: about {left} left (Ctrl-C ends it, --simulate 0 leaves it out)"));
        }
        bar.set_message(format!("{doing} · {:.0} % · {left} left · Ctrl-C ends it", share * 100.0));
    }
}

fn bar(live: bool) -> ProgressBar {
    let target = if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(None, target);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
        bar.set_style(style);
    }
    bar
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
