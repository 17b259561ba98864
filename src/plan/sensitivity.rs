//! Which input the answer hangs on most: each in turn is moved to its low and its high end, the others staying at their likely values.

use super::band::Band;
use super::inputs::Inputs;
use super::sizing::{Sizing, WorkloadSize};
use super::sums::Sums;
use super::verdict::{LimitUse, Resource, binding};
use super::workload::Workload;

/// How far an input is moved that has no interval of its own.
const NUDGE: f64 = 0.1;

/// How the limit that binds answers to one input.
#[derive(Clone, Debug, PartialEq)]
pub struct Swing {
    /// The workload whose input it is; `None` for the memory line.
    pub workload: Option<String>,
    /// What it is, as `arrival`.
    pub input: &'static str,
    /// The share of the limit with the input at its low end.
    pub low: f64,
    /// The same at its high end.
    pub high: f64,
    /// Whether the ends are the user's or the measurement's, or 10 % to either side.
    pub given: bool,
}

impl Swing {
    /// How much of the limit lies between the ends.
    pub fn width(&self) -> f64 {
        self.high - self.low
    }
}

type Field = (&'static str, fn(&mut Workload) -> Option<&mut Band>);

const FIELDS: [Field; 6] = [
    ("arrival", |workload| Some(&mut workload.arrival)),
    ("duration", |workload| Some(&mut workload.duration)),
    ("retry", |workload| Some(&mut workload.retry)),
    ("hung", |workload| Some(&mut workload.hung)),
    ("input tokens", |workload| workload.input.as_mut().map(|tokens| &mut tokens.count)),
    ("output tokens", |workload| workload.output.as_mut().map(|tokens| &mut tokens.count)),
];

/// The swings of the limit that binds, the widest first; those with an interval before those that were only nudged. Empty without a
/// limit.
pub fn swings(inputs: &Inputs) -> Vec<Swing> {
    let sizing = Sizing::of(inputs);
    let Some(limit) = binding(&sizing.together.limits) else { return Vec::new() };
    let narrowed = inputs.narrowed();
    let sizing = Sizing::of(&narrowed);
    let sums = Sums::of(&narrowed, &sizing);
    let mut swings: Vec<Swing> = Vec::new();
    for (index, workload) in inputs.workloads.iter().enumerate() {
        for (input, field) in FIELDS {
            swings.extend(swing(&narrowed, &sums, limit, index, workload, input, field));
        }
    }
    swings.extend(of_memory_line(&sizing, limit));
    swings.retain(|swing| swing.width() > 1e-12);
    // The sort is stable: among equals the order of the inputs stays.
    swings.sort_by(|a, b| b.given.cmp(&a.given).then(b.width().total_cmp(&a.width())));
    swings
}

fn swing(
    narrowed: &Inputs,
    sums: &Sums<'_>,
    limit: &LimitUse,
    index: usize,
    workload: &Workload,
    input: &'static str,
    field: fn(&mut Workload) -> Option<&mut Band>,
) -> Option<Swing> {
    let band = *field(&mut workload.clone())?;
    let given = !band.is_exact();
    let ends = if given { [band.low, band.high] } else { [band.likely * (1.0 - NUDGE), band.likely * (1.0 + NUDGE)] };
    let mut shares = [0.0; 2];
    for (share, end) in shares.iter_mut().zip(ends) {
        let mut changed = narrowed.workloads[index].clone();
        *field(&mut changed)? = Band::exact(end);
        let pool = narrowed.account.limits_of(changed.model.as_deref());
        let size = WorkloadSize::of(narrowed, &changed, pool.as_ref());
        *share = sums.used_with(limit, index, &[(changed, size)])?.likely / limit.capacity;
    }
    Some(Swing { workload: Some(workload.name.clone()), input, low: shares[0], high: shares[1], given })
}

/// With every other input at its likely value, what is left of the band is the line's.
fn of_memory_line(narrowed: &Sizing, limit: &LimitUse) -> Option<Swing> {
    if limit.resource != Resource::Memory {
        return None;
    }
    let share = narrowed.together.limits.iter().find(|other| other.is_of_same_limit(limit))?.share();
    Some(Swing { workload: None, input: "memory line", low: share.low, high: share.high, given: true })
}
