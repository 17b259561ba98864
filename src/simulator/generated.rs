//! The scripts that are made up: blocks of seeded prose, told in deltas of the recorded sizes.
//!
//! The order of events: the vendor's documentation and recorded streams, read in August to October 2026. Their shapes are the dialect's.

use super::prose::{prose, tool_input};
use super::script::{FirstTurn, Script, Timing, Told};
use super::sizes::{self, DeltaSizes};
use crate::run::StreamFacts;
use crate::scenario::{Shape, StreamSpec};
use crate::wire::answer::{Block, Id, Reason};
use crate::wire::dialect::Dialect;
use crate::wire::event::{BlockKind, Delta, Event, Part};
use crate::wire::request::CHARS_PER_TOKEN;
use crate::wire::template::Template;
use fastrand::Rng;

/// Characters of input in one tool call.
const TOOL_CALL_CHARS: usize = 4_000;
/// The tool that is called.
const TOOL: &str = "write_file";

/// The tool that agents are told to call, and with what: it is asked for nothing, and no agent has to ask its user for leave to do nothing.
const FIRST_TOOL: &str = "Bash";
const FIRST_INPUT: &str = r#"{"command":"true","description":"Do nothing"}"#;

/// Builds the script of `spec`; the same seed gives the same bytes.
pub fn script(dialect: Dialect, spec: &StreamSpec, seed: u64) -> Script {
    let mut rng = Rng::with_seed(seed);
    let blocks = blocks_of(dialect, spec, &mut rng);
    let reason = if matches!(spec.shape, Shape::ToolUse) { Reason::Calls } else { Reason::Said };
    let first_turn = matches!(spec.shape, Shape::Agent).then(|| {
        let mut rng = Rng::with_seed(seed);
        let input = FIRST_INPUT.to_owned();
        let blocks = [Block::Call { id: dialect.id(Id::Call, &mut rng), name: FIRST_TOOL, input }];
        Box::new(FirstTurn { tool: FIRST_TOOL, call: of_blocks(dialect, &blocks, Reason::Calls, spec, rng) })
    });
    Script { first_turn, ..of_blocks(dialect, &blocks, reason, spec, rng) }
}

/// The script that says `blocks`.
fn of_blocks(dialect: Dialect, blocks: &[Block], reason: Reason, spec: &StreamSpec, rng: Rng) -> Script {
    let mut teller = Teller { dialect, rng, spec, events: Vec::new(), deltas: 0 };
    for (index, block) in (0..).zip(blocks) {
        teller.tell(index, block);
    }
    let chars: usize = blocks.iter().map(|block| said(block).chars().count()).sum();
    let text_bytes: usize = blocks.iter().map(|block| said(block).len()).sum();
    let output_tokens = (chars as u64).div_ceil(CHARS_PER_TOKEN);
    // The first block's start belongs to the opening, the last block's end to the closing; a sign of life usually follows the first start.
    let last = teller.events.pop_if(|told| told.part == Part::Ends);
    let first = usize::from(teller.events.first().is_some_and(|told| told.part == Part::Opens));
    let mut body = std::mem::take(&mut teller.events);
    teller.events = body.drain(..first).collect();
    teller.push(&Event::Alive);
    let opening = std::mem::replace(&mut teller.events, last.into_iter().collect());
    let stop_reason = Some(dialect.stop_reason(reason).into());
    teller.push(&Event::Ends { stop_reason, input_tokens: Some(0), output_tokens: Some(output_tokens) });
    teller.push(&Event::Stops);
    let script = Script {
        dialect,
        start: start(dialect, &mut teller.rng),
        opening,
        body,
        closing: teller.events,
        timing: Timing::Even,
        whole: dialect.whole(blocks, reason, output_tokens),
        facts: StreamFacts { chars: chars as u64, text_bytes: text_bytes as u64, deltas: teller.deltas, wire_bytes: 0 },
        first_turn: None,
    };
    script.weighed()
}

/// The first event. What is empty or 0 is left blank.
fn start(dialect: Dialect, rng: &mut Rng) -> Template {
    let opens = Event::Opens { id: "".into(), model: "".into(), input_tokens: 0, output_tokens: 1 };
    dialect.write(&opens, rng).unwrap_or_default()
}

/// Splits the characters asked for over the blocks of a shape.
fn blocks_of(dialect: Dialect, spec: &StreamSpec, rng: &mut Rng) -> Vec<Block> {
    let chars = spec.chars as usize;
    match spec.shape {
        Shape::LongForm | Shape::Chat | Shape::Agent => vec![Block::Text(prose(chars, rng))],
        // Extended thinking commonly writes more than it answers: two thirds to one third.
        Shape::Thinking => {
            let thought = chars * 2 / 3;
            vec![Block::Thinking(prose(thought, rng)), Block::Text(prose(chars - thought, rng))]
        }
        Shape::ToolUse => {
            let spoken = (chars / 20).min(200);
            let mut blocks = vec![Block::Text(prose(spoken, rng))];
            let called = chars - spoken;
            let calls = called.div_ceil(TOOL_CALL_CHARS).max(1);
            blocks.extend((0..calls).map(|call| Block::Call {
                id: dialect.id(Id::Call, rng),
                name: TOOL,
                // What does not divide evenly goes to the first ones.
                input: tool_input(called / calls + usize::from(call < called % calls), rng),
            }));
            blocks
        }
    }
}

/// What the deltas of a block say, joined.
fn said(block: &Block) -> &str {
    match block {
        Block::Text(text) | Block::Thinking(text) => text,
        Block::Call { input, .. } => input,
    }
}

/// The block as it opens.
fn empty(block: &Block) -> BlockKind<'_> {
    match block {
        Block::Text(_) => BlockKind::Text("".into()),
        Block::Thinking(_) => BlockKind::Thinking("".into()),
        Block::Call { id, name, .. } => BlockKind::ToolUse { id: id.into(), name: (*name).into() },
    }
}

fn sizes(block: &Block) -> DeltaSizes {
    match block {
        Block::Text(_) => sizes::TEXT,
        Block::Thinking(_) => sizes::THINKING,
        Block::Call { .. } => sizes::TOOL_INPUT,
    }
}

fn delta<'p>(block: &Block, piece: &'p str) -> Delta<'p> {
    match block {
        Block::Text(_) => Delta::Text(piece.into()),
        Block::Thinking(_) => Delta::Thinking(piece.into()),
        Block::Call { .. } => Delta::InputJson(piece.into()),
    }
}

/// Turns blocks into events.
struct Teller<'a> {
    dialect: Dialect,
    rng: Rng,
    spec: &'a StreamSpec,
    events: Vec<Told>,
    deltas: u64,
}

impl Teller<'_> {
    fn tell(&mut self, index: u32, block: &Block) {
        self.push(&Event::BlockOpens { index, kind: empty(block) });
        if matches!(block, Block::Call { .. }) {
            // 46 of 48 recorded tool calls begin with an empty piece.
            self.push(&Event::Delta { index, delta: delta(block, "") });
        }
        let mut rest = said(block);
        while !rest.is_empty() {
            let chars =
                self.spec.delta_chars.map_or_else(|| sizes(block).draw(&mut self.rng), |chars| chars.max(1) as usize);
            let cut = rest.char_indices().nth(chars).map_or(rest.len(), |(at, _)| at);
            let (piece, later) = rest.split_at(cut);
            self.push(&Event::Delta { index, delta: delta(block, piece) });
            rest = later;
        }
        if let (Block::Thinking(_), Some(signature)) = (block, self.dialect.signature()) {
            self.push(&Event::Delta { index, delta: Delta::Signature(signature.into()) });
        }
        self.push(&Event::BlockEnds { index });
    }

    /// Adds an event, if the dialect says such.
    fn push(&mut self, event: &Event<'_>) {
        let Some(template) = self.dialect.write(event, &mut self.rng) else { return };
        let part = event.part();
        self.deltas += u64::from(part == Part::Delta);
        self.events.push(Told { part, template });
    }
}
