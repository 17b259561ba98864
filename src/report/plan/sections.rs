//! What a plan says, in the order it is read.

use super::section::Section;
use super::{certainty, help, inverse, limits, money, numbers, routes, simulation};
use crate::plan::Plan;

/// All sections, in the order they are read.
pub fn sections(plan: &Plan) -> Vec<Section> {
    let mut sections = numbers::sections(plan);
    sections.push(limits::section(plan));
    let others = [
        help::section(plan),
        inverse::section(plan),
        simulation::section(plan),
        money::section(plan),
        routes::section(plan),
        certainty::section(plan),
        certainty::sources(plan),
    ];
    sections.into_iter().flatten().chain(others.into_iter().flatten()).collect()
}
