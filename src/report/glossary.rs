//! What the numbers of a run mean.

use super::page::{Block, Section, Words};

/// The words of the field, each once.
pub fn words() -> Section {
    let term = |term: &str| Words::default().term(term);
    let lines = [
        term("Trial")
            .and(": one fresh process at one number of streams. ")
            .term("Rung")
            .and(": one of these numbers; all of them are the ladder. ")
            .term("Pass")
            .and(": a trial at every rung."),
        term("Base")
            .and(": where the line meets no stream at all, which is what the process needs anyway. ")
            .term("Slope")
            .and(": what one more stream adds."),
        term("95 %").and(
            ": an interval that holds the true number in 95 of 100 such runs; no narrower than one page of memory allows.",
        ),
        term("Theil-Sen").and(
            ": the median of the slopes through every two trials. A single odd trial moves the fitted slope and not this one: where the \
             two differ, look at the trials.",
        ),
        term("R²").and(": the share of all variation that the line explains, 1 for all of it."),
    ];
    Section::left_to_the_page("Words", lines.map(Block::Item).into())
}

/// What is charged, kills or costs, and is in no line.
pub fn leaves_out() -> Section {
    let words = "RSS is what the process has resident. A container is charged for more: kernel memory of sockets (its own line above), \
                 about 2.6 kB of kernel structures a socket, page tables, the page cache. What kills is the peak, and transient garbage \
                 of a runtime is not on a plateau. The cost holds for streams like these, on this machine, with this allocator.";
    Section::left_to_the_page("What the number leaves out", vec![Block::words(words)])
}
