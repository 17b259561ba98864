//! What a plan says, in the order it is read, the same on a terminal and on a page.

use super::{certainty, headline, help, inverse, limits, money, numbers, routes, simulation};
use crate::plan::Plan;
use crate::report::page::{Block, Page, Section};

/// The page, showing the pictures of these file names.
pub fn page(plan: &Plan, pictures: &[&str]) -> Page {
    Page {
        title: "Capacity plan".to_owned(),
        said: headline::headlines(plan),
        pictures: pictures.iter().map(|file| picture(file)).collect(),
        sections: sections(plan),
    }
}

fn picture(file: &str) -> Block {
    Block::Picture { file: file.to_owned(), shows: file.trim_end_matches(".svg").replace('-', " ") }
}

fn sections(plan: &Plan) -> Vec<Section> {
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
