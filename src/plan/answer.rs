//! The whole answer.

use super::contradiction::{Contradiction, contradictions};
use super::doubt::PlanDoubt;
use super::doubted::doubts;
use super::inputs::Inputs;
use super::inverse::Inverse;
use super::judge::about_play;
use super::money::Money;
use super::moves::{Move, moves};
use super::play_error::PlayError;
use super::remedy::Help;
use super::routes::{Route, routes};
use super::sensitivity::{Swing, swings};
use super::simulated::Simulated;
use super::sizing::Sizing;
use super::verdict::{LimitUse, Verdict};
use jiff::civil::Date;

/// A plan: what was asked, and everything that follows from it.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What was asked.
    pub inputs: Inputs,
    /// The day as of which tables are old or not.
    pub today: Date,
    /// The four numbers of every workload, and what all take of every limit.
    pub sizing: Sizing,
    /// What the limits allow.
    pub inverse: Inverse,
    /// What would help where something does not fit.
    pub help: Help,
    /// What it costs.
    pub money: Money,
    /// The same work on other ways.
    pub routes: Vec<Route>,
    /// Which input it hangs on.
    pub swings: Vec<Swing>,
    /// Where changes and classes of tasks send workloads to other models.
    pub moves: Vec<Move>,
    /// What other sources say of the tier.
    pub contradictions: Vec<Contradiction>,
    /// What speaks against it.
    pub doubts: Vec<PlanDoubt>,
    /// What a simulation of it gave, if one was made.
    pub simulated: Option<Simulated>,
}

impl Plan {
    /// Answers. `today` is the day as of which tables of limits and prices are old or not.
    pub fn of(inputs: Inputs, today: Date) -> Plan {
        let sizing = Sizing::of(&inputs);
        let help = Help::of(&inputs);
        let moves = moves(&inputs, &help);
        let contradictions = contradictions(&inputs, &sizing);
        Plan {
            inverse: Inverse::of(&inputs),
            money: Money::of(&inputs),
            routes: routes(&inputs),
            swings: swings(&inputs),
            doubts: doubts(&inputs, &sizing, &contradictions, &moves, today),
            contradictions,
            help,
            moves,
            simulated: None,
            sizing,
            today,
            inputs,
        }
    }

    /// The same with what a simulation gave, and what that speaks against.
    pub fn with_simulation(mut self, simulated: Simulated) -> Plan {
        self.doubts.extend(about_play(&simulated));
        Plan { simulated: Some(simulated), ..self }
    }

    /// The same with the doubt that it could not be played through, and why.
    pub fn not_played(mut self, why: &PlayError) -> Plan {
        self.doubts.push(PlanDoubt::NotPlayed { workload: why.workload().map(str::to_owned), reason: why.to_string() });
        self
    }

    /// The limit that runs out first.
    pub fn binding(&self) -> Option<&LimitUse> {
        self.sizing.binding()
    }

    /// The worst verdict on any limit.
    pub fn verdict(&self) -> Verdict {
        self.sizing.together.limits.iter().map(LimitUse::verdict).max().unwrap_or(Verdict::Fits)
    }
}
