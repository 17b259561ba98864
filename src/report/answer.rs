//! The whole result of a run as a page.

use super::page::{Block, Page, Section, Words};
use super::sentence::headlines;
use super::{conditions, container, costs, doubts, glossary, proof, readings, sites};
use crate::cost::Analysis;
use crate::run::Run;

/// Sentences, pictures, table, doubts, what became of it under a limit, and what is to be known beside.
pub fn page(run: &Run, analysis: &Analysis) -> Page {
    let mut sections = vec![Section::untitled(vec![Block::Table(costs::table(run, analysis))])];
    sections.extend(container::note(analysis).map(|note| Section::untitled(vec![Block::words(note)])));
    sections.push(doubts::section(analysis));
    sections.extend(analysis.proof.as_ref().map(proof::trials));
    sections.extend(sites::sections(run, analysis));
    sections.extend([readings::section(run), glossary::leaves_out(), conditions::section(run), glossary::words()]);
    Page {
        title: format!("{}: {}", run.scenario.held().said("What one more open stream costs"), run.scenario.name()),
        said: headlines(run, analysis),
        pictures: pictures(analysis),
        sections,
    }
}

/// The pictures that stand beside the page: where there are many, those of single clients are linked and not shown.
fn pictures(analysis: &Analysis) -> Vec<Block> {
    let picture = |file: &str, shows: &str| Block::Picture { file: file.to_owned(), shows: shows.to_owned() };
    let parts = super::pictured(analysis);
    if let [(None, _)] = &parts[..] {
        return vec![picture("rss-over-time.svg", "RSS over time"), picture("cost-line.svg", "The cost line")];
    }
    let mut links = Words::default();
    for (number, (client, _)) in parts.iter().enumerate() {
        let client = client.as_deref().unwrap_or_default();
        links = links
            .and(format!("{}{client} (", if number > 0 { " · " } else { "" }))
            .link("over time", format!("rss-over-time-{client}.svg"))
            .and(", ")
            .link("cost line", format!("cost-line-{client}.svg"))
            .and(")");
    }
    vec![picture("comparison.svg", "What one more stream costs with each client"), Block::Words(links)]
}
