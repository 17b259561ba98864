//! `plan.md`: the plan on a page.

use super::headline::headlines;
use super::section::{Block, Section};
use super::sections::sections;
use crate::foreign::plain_markdown;
use crate::plan::Plan;

/// The page, showing the pictures of these file names.
pub fn markdown(plan: &Plan, pictures: &[&str]) -> String {
    let said: Vec<String> = headlines(plan).iter().map(|sentence| plain_markdown(sentence)).collect();
    let mut out = format!("# Capacity plan\n\n{}\n", said.join("\n\n"));
    for picture in pictures {
        out += &format!("\n![{}]({picture})\n", picture.trim_end_matches(".svg").replace('-', " "));
    }
    for section in sections(plan) {
        out += &shown(&section);
    }
    out
}

fn shown(section: &Section) -> String {
    let mut out = format!("\n## {}\n", plain_markdown(&section.title));
    let mut in_list = false;
    for block in &section.blocks {
        let is_item = matches!(block, Block::Item(_));
        if !(in_list && is_item) {
            out += "\n";
        }
        in_list = is_item;
        match block {
            Block::Words(words) => out += &format!("{}\n", plain_markdown(words)),
            Block::Item(words) => out += &format!("- {}\n", plain_markdown(words)),
            Block::Table(table) => out += &table.markdown(),
        }
    }
    out
}
