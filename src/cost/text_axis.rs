//! The second axis: memory against streams *and* text.

use super::points::TrialPoint;
use crate::fit::{Estimate, Intercept, LeastSquares};
use crate::run::Run;

/// memory = base + N x (open + kept x bytes of text), fitted over streams of several lengths on the *full* plateau.
#[derive(Clone, Debug, PartialEq)]
pub struct TextAxis {
    /// The process with no stream, bytes.
    pub base: Estimate,
    /// One more open stream without its text, bytes.
    pub open: Estimate,
    /// Bytes kept for every byte of text.
    pub kept: Estimate,
    /// Standard deviation of the trials about it, bytes.
    pub residual_sd: f64,
    /// Trials in it.
    pub trials: usize,
    /// The lengths it was fitted on, characters.
    pub chars: Vec<u64>,
}

impl TextAxis {
    /// Fits it by least squares on the columns N and N x bytes; `None` where streams of one length only were measured.
    pub fn fit(run: &Run, trials: &[TrialPoint]) -> Option<TextAxis> {
        let mut streams = Vec::new();
        let mut texts = Vec::new();
        let mut memory = Vec::new();
        for trial in trials {
            if let Some(full) = trial.full {
                streams.push(f64::from(trial.streams));
                texts.push(f64::from(trial.streams) * trial.text_bytes);
                memory.push(full);
            }
        }
        // With one length the second column is a multiple of the first, which the fit refuses.
        let page = run.environment.page_bytes as f64;
        let fit = LeastSquares::fit_in_steps(&[&streams, &texts], &memory, Intercept::Fitted, page);
        let (fit, estimates) = fit.ok()?;
        let [base, open, kept] = estimates[..] else {
            return None;
        };
        let chars = run.streams.iter().map(|stream| stream.chars).collect();
        Some(TextAxis { base, open, kept, residual_sd: fit.residual_sd, trials: memory.len(), chars })
    }
}
