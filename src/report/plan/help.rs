//! What would help where a limit is not kept.

use super::words::{percent, usd};
use crate::plan::{Change, Plan, Tried, Verdict};
use crate::report::page::{Block, Section, Table};

/// Lines shown; all that was tried is in the JSON.
const SHOWN: usize = 8;
/// Choices that would do as well are named up to so many.
const NAMED: usize = 2;

/// One table for the whole plan, like changes in one line; nothing where every limit fits.
pub fn section(plan: &Plan) -> Option<Section> {
    let help = &plan.help;
    if help.troubled.is_empty() {
        return None;
    }
    let lines = lines(&help.tried);
    let mut blocks = Vec::new();
    if lines.is_empty() {
        blocks.push(Block::words("Nothing that was tried helps."));
    } else {
        let words =
            "Tried on the whole plan, and listed by what then fits, by money, and by how much is to be changed:";
        blocks.push(Block::words(words));
        let mut table = Table::new(["change", "then", "what binds then", "a day"]);
        lines.iter().take(SHOWN).for_each(|line| table.push(line.row()));
        blocks.push(Block::Table(table));
    }
    if lines.len() > SHOWN {
        blocks.push(Block::words(format!("{} more lines are in the plan's JSON.", lines.len() - SHOWN)));
    }
    if help.is_cut_off {
        blocks.push(Block::words("There is more that could be tried than is tried here."));
    }
    Section::of("What would help", blocks)
}

/// Changes of the same kinds that come to the same verdict: the best of them, and what else would do as well.
struct Line<'a> {
    best: &'a Tried,
    others: Vec<&'a Tried>,
}

fn lines(tried: &[Tried]) -> Vec<Line<'_>> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for tried in tried {
        match lines.iter_mut().find(|line| line.is_like(tried)) {
            Some(line) => line.others.push(tried),
            None => lines.push(Line { best: tried, others: Vec::new() }),
        }
    }
    lines
}

impl Line<'_> {
    fn is_like(&self, tried: &Tried) -> bool {
        let kinds = |tried: &Tried| {
            let mut kinds: Vec<u32> = tried.changes.iter().map(|change| change.size().0).collect();
            kinds.sort_unstable();
            kinds.dedup();
            kinds
        };
        let is_as_good = |verdict: Verdict| self.best.count(verdict) == tried.count(verdict);
        kinds(self.best) == kinds(tried)
            && self.best.steps().len() == tried.steps().len()
            && is_as_good(Verdict::DoesNotFit)
            && is_as_good(Verdict::Smells)
    }

    fn row(&self) -> [String; 4] {
        [
            format!("{}{}", self.best.text(), self.or_else()),
            outcome(self.best),
            self.best.binding().map_or_else(
                || "no limit is used".to_owned(),
                |limit| format!("{}, {}", limit.name(), percent(limit.share().high)),
            ),
            self.best.usd_per_day.map_or_else(String::new, usd),
        ]
    }

    /// ` (or scale)`: choices that would do as well, by name where nothing else differs.
    fn or_else(&self) -> String {
        let mut named: Vec<&str> = Vec::new();
        for other in &self.others {
            if let Some(choice) =
                other_choice(&self.best.changes, &other.changes).filter(|choice| !named.contains(choice))
            {
                named.push(choice);
            }
        }
        let more = self.others.len() - named.len().min(NAMED);
        named.truncate(NAMED);
        match (named.is_empty(), more) {
            (true, 0) => String::new(),
            (true, more) => format!(" ({more} more like it)"),
            (false, 0) => format!(" (or {})", named.join(", ")),
            (false, more) => format!(" (or {}; {more} more)", named.join(", ")),
        }
    }
}

/// What the other chooses, if both are the same but for that.
fn other_choice<'a>(best: &[Change], other: &'a [Change]) -> Option<&'a str> {
    let mut differ = best.iter().zip(other).filter(|(a, b)| a != b);
    let (mine, others) = differ.next()?;
    let is_all = differ.all(|(a, b)| a.is_same_step(mine) && b.is_same_step(others));
    let is_same_but_for_that = best.len() == other.len() && mine.with_choice_of(others).as_ref() == Some(others);
    others.choice().filter(|_| is_all && is_same_but_for_that)
}

/// `all fits`, or how many limits do not.
fn outcome(tried: &Tried) -> String {
    let (not_kept, smell) = (tried.count(Verdict::DoesNotFit), tried.count(Verdict::Smells));
    match (not_kept, smell) {
        (0, 0) => "all fits".to_owned(),
        (0, 1) => "1 limit smells".to_owned(),
        (0, smell) => format!("{smell} limits smell"),
        (1, _) => "1 limit does not fit".to_owned(),
        (not_kept, _) => format!("{not_kept} limits do not fit"),
    }
}

/// What makes everything fit, or that nothing does, and what helps most.
pub fn sentence(plan: &Plan) -> Option<String> {
    let help = &plan.help;
    if help.troubled.is_empty() {
        return None;
    }
    match help.best() {
        Some(best) if best.all_fits() => {
            let says = match best.steps().len() {
                1 => "What makes everything fit: ",
                _ => "No single change that was tried makes everything fit. What does: ",
            };
            Some(format!("{says}{}; {}.", best.text(), then(plan, best)))
        }
        best => {
            let nothing = match help.less() {
                Some(less) => {
                    format!("Nothing that was tried makes everything fit but to let less in: {}.", less.text())
                }
                None => "Nothing that was tried makes everything fit.".to_owned(),
            };
            let best = best
                .map(|best| format!(" What helps most: {}; then {}, and {}.", best.text(), outcome(best), binds(best)));
            Some(nothing + &best.unwrap_or_default())
        }
    }
}

/// `then memory binds, 51.2 %, at $31,510 a day instead of $45,766`.
fn then(plan: &Plan, tried: &Tried) -> String {
    let money = plan.money.usd_per_day.zip(tried.usd_per_day).map(|(now, then)| (usd(now.likely), usd(then)));
    let money = money.filter(|(now, then)| now != then);
    let money = money.map(|(now, then)| format!(", at {then} a day instead of {now}")).unwrap_or_default();
    format!("then {}{money}", binds(tried))
}

fn binds(tried: &Tried) -> String {
    tried.binding().map_or_else(
        || "no limit is used".to_owned(),
        |limit| format!("{} binds, {}", limit.name(), percent(limit.share().high)),
    )
}
