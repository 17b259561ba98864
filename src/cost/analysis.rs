//! From a run to the answer: lines, then what speaks against them, then pieces where they are none.

use super::cure::{Cure, Tried};
use super::doubt::Doubt;
use super::doubted;
use super::fitted::Fitted;
use super::lever::Lever;
use super::proof_doubt::ProofDoubt;
use super::quantity::Quantity;
use super::trial::points;
use crate::fit::{FitError, Line, Piecewise};
use crate::proof::Proof;
use crate::run::Run;

/// Why a run has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AnalysisError {
    /// No line can be drawn.
    #[error("{label}: {reason}; {held}: a line needs at least two different numbers, repeated")]
    NoLine {
        /// Of which series.
        label: String,
        /// From the fit.
        reason: FitError,
        /// The numbers held, for people.
        held: String,
    },
    /// No trial of a series got as far as open streams, and others' did.
    #[error("{label}: nothing was measured: {why}")]
    CameToNothing {
        /// Which series.
        label: String,
        /// Why its first trial did not.
        why: String,
    },
    /// No trial of any series has ended.
    #[error("no trial has ended, so that there is nothing to draw a line through")]
    NothingMeasured,
}

/// All series of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// Those with a line, in the scenario's order.
    pub series: Vec<SeriesAnalysis>,
    /// Why others have none.
    pub without_line: Vec<AnalysisError>,
    /// What became of the line under a limit, where that was tried.
    pub proof: Option<Proof>,
}

/// One series: a client in a mode.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesAnalysis {
    /// Its lines.
    pub fitted: Fitted,
    /// What speaks against them.
    pub doubts: Vec<Doubt>,
    /// What the run had already of what may help.
    pub tried: Tried,
    /// The answer in two pieces, where it is no line.
    pub pieces: Option<Piecewise>,
}

impl Analysis {
    /// Analyses a run.
    ///
    /// # Errors
    /// When no line can be drawn through the trials of any series: why not through those of the first, or that there are none.
    pub fn of(run: &Run) -> Result<Analysis, AnalysisError> {
        let only = run.scenario.series.len() == 1;
        let measured = |index: u32| only || run.trials.iter().any(|trial| trial.series == index);
        let (mut series, mut without_line) = (Vec::new(), Vec::new());
        for index in 0..run.scenario.series.len() as u32 {
            if !measured(index) {
                // One of which no trial has ended yet is no error.
                without_line.extend(came_to_nothing(run, index));
                continue;
            }
            match SeriesAnalysis::of(run, index) {
                Ok(one) => series.push(one),
                Err(error) => without_line.push(error),
            }
        }
        if series.is_empty() {
            return Err(without_line.into_iter().next().unwrap_or(AnalysisError::NothingMeasured));
        }
        Ok(Analysis { series, without_line, proof: None })
    }

    /// The same with what became of it under a limit.
    pub fn with_proof(self, proof: Option<Proof>) -> Analysis {
        Analysis { proof, ..self }
    }

    /// Whether nothing speaks against the answer.
    pub fn is_sound(&self) -> bool {
        let proof_is_sound = self.proof.as_ref().is_none_or(|proof| ProofDoubt::of(proof).is_empty());
        self.without_line.is_empty() && proof_is_sound && self.series.iter().all(|series| series.doubts.is_empty())
    }
}

fn came_to_nothing(run: &Run, index: u32) -> Option<AnalysisError> {
    let failure = run.failures.iter().find(|failure| failure.series == index)?;
    Some(AnalysisError::CameToNothing { label: run.scenario.label(index as usize), why: failure.to_string() })
}

impl SeriesAnalysis {
    fn of(run: &Run, index: u32) -> Result<SeriesAnalysis, AnalysisError> {
        let no_line = |(reason, held)| {
            let label = run.scenario.label(index as usize);
            AnalysisError::NoLine { label, reason, held }
        };
        let fitted = Fitted::of(run, index).map_err(no_line)?;
        let doubts = doubted::of(run, &fitted);
        let pieces = is_curved(&doubts).then(|| in_pieces(run, &fitted)).flatten();
        Ok(SeriesAnalysis { fitted, doubts, tried: Tried::of(&run.scenario), pieces })
    }

    /// Whether its points lie on no line.
    pub fn is_curved(&self) -> bool {
        is_curved(&self.doubts)
    }

    /// Whether the points of another quantity than the answer do, as far as that matters.
    pub fn is_curved_in(&self, other: Quantity) -> bool {
        self.doubts.iter().any(|doubt| matches!(doubt, Doubt::BoundCurved { quantity, .. } if *quantity == other))
    }

    /// The trials that its slope is of: above the bend, where it has one.
    pub fn lever(&self) -> Lever {
        Lever::of(&self.fitted, self.pieces.as_ref())
    }

    /// What speaks against it, each with what is left to help.
    pub fn cures(&self) -> impl Iterator<Item = (&Doubt, Option<Cure>)> {
        self.doubts.iter().map(|doubt| (doubt, doubt.cure(self.tried)))
    }

    /// The answer: resident memory on the *full* plateau.
    pub fn full(&self) -> &Line {
        self.fitted.lines.full()
    }

    /// The line of a quantity, if it was measured.
    pub fn line(&self, quantity: Quantity) -> Option<&Line> {
        self.fitted.lines.get(quantity)
    }
}

fn is_curved(doubts: &[Doubt]) -> bool {
    doubts.iter().any(|doubt| matches!(doubt, Doubt::Curved { .. }))
}

fn in_pieces(run: &Run, fitted: &Fitted) -> Option<Piecewise> {
    let full = points(&fitted.trials, |trial| trial.get(Quantity::Full));
    Piecewise::fit_in_steps(&full, run.environment.page_bytes as f64).ok()
}
