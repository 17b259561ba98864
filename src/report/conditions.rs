//! Under which conditions a run was made.

use super::page::{Block, Section, Words};
use crate::reading::cgroup::Version;
use crate::run::{PassedOn, Phase, Run, StreamFacts};
use crate::scenario::{Client, Ending, Flush, Held, Origin, Tempo};
use crate::units::{Bytes, Unit, counted, grouped};
use crate::wire::encoding::Encoding;

/// Streams, programs, ladder, machine.
pub fn section(run: &Run) -> Section {
    let (scenario, environment) = (&run.scenario, &run.environment);
    let ladder: Vec<String> = scenario.ladder.rungs().iter().map(u32::to_string).collect();
    let mut lines: Vec<Words> = run.streams.iter().map(|stream| streams(run, stream).into()).collect();
    lines.extend(prompts(run).map(Words::from));
    lines.extend(spoken(run).into_iter().map(Words::from));
    lines.extend(agents(run).map(Words::from));
    lines.extend(scenario.series.iter().filter_map(|series| match &series.client {
        Client::Command(command) => Some(Words::from(format!("{}: ", command.name())).code(command.words().join(" "))),
        Client::Reqwest | Client::Stack(_) | Client::Ballast { .. } => None,
    }));
    lines.dedup();
    lines.push(
        format!(
            "streams {}; {} trials, each a fresh process; seed {}",
            ladder.join(", "),
            run.trials.len(),
            scenario.seed
        )
        .into(),
    );
    if let Some(limit) = scenario.limit.filter(|_| scenario.confined) {
        lines.push(format!("each in a memory cgroup with a limit of {limit}").into());
    }
    lines.push(
        format!(
            "Linux {} on {}, {} processors, {} of memory, pages of {}, transparent huge pages {}, swap {}, cgroup v{}",
            environment.kernel,
            environment.architecture,
            environment.processors,
            Unit::Gibibyte.with_unit(environment.memory_bytes as f64, 2),
            Bytes(environment.page_bytes),
            environment.transparent_huge_pages,
            Bytes(environment.swap_bytes),
            environment.cgroup_version.map_or(0, Version::number),
        )
        .into(),
    );
    if let Some(PassedOn { streams, input_tokens, output_tokens, .. }) = &run.passed_on {
        lines.push(
            format!(
                "{} streams passed on, {} input and {} output tokens",
                grouped(u64::from(*streams)),
                grouped(*input_tokens),
                grouped(*output_tokens)
            )
            .into(),
        );
    }
    lines.push(format!("probe {}, begun {}", run.probe_version, run.began).into());
    let mut blocks: Vec<Block> = lines.into_iter().map(Block::Item).collect();
    let again = Words::default().code("probe report").and(" on this folder renders it again from ").code("run.json");
    blocks.push(Block::Words(again.and(".")));
    Section::left_to_the_page("Conditions", blocks)
}

/// Which prompts were asked for, and what came of them, over all series.
fn prompts(run: &Run) -> Option<String> {
    let asked = run.scenario.prompt_chars.iter().map(|chars| match chars {
        0 => "none".to_owned(),
        chars => counted(u64::from(*chars), "character"),
    });
    let asked = asked.collect::<Vec<_>>().join(", ");
    let counts = run.trials.iter().filter_map(|trial| Some((trial.simulator.request_bytes?, trial.simulator.opened)));
    let (bytes, opened) = counts.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + u64::from(one.1)));
    let mean = bytes.checked_div(opened).map(|mean| format!("; a request had {} on average", Bytes(mean)));
    (!asked.is_empty()).then(|| format!("prompts: {asked}{}", mean.unwrap_or_default()))
}

/// What agents are, where streams are theirs.
fn agents(run: &Run) -> Option<String> {
    let called = run.trials.iter().any(|trial| trial.simulator.tool_calls > 0);
    let turns = if called { ", the answer to what its tool has brought" } else { "" };
    let are_agents = run.scenario.series.iter().any(|series| series.client.held() == Held::Agent);
    are_agents.then(|| format!("an agent is a process of its own that holds one stream{turns}"))
}

/// What was spoken, by each client that its longest trials tell of: how many connections streams went over, which version, and how
/// they were compressed.
fn spoken(run: &Run) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (index, series) in (0..).zip(&run.scenario.series) {
        let of_series = run.trials.iter().filter(|trial| trial.series == index);
        let line = of_series.max_by_key(|trial| trial.asked).and_then(|trial| {
            let (spoken, plateau) = (trial.simulator.spoken?, trial.plateau(Phase::Full)?);
            let (streams, opened) = (u64::from(plateau.streams), trial.simulator.opened);
            let over =
                plateau.connections.map(|connections| format!(" over {}", counted(connections.into(), "connection")));
            Some(format!(
                "{}: {}{} of {}, {}",
                series.client.name(),
                counted(streams, "stream"),
                over.unwrap_or_default(),
                part(spoken.http2, opened, "HTTP/2", "HTTP/1.1"),
                part(spoken.gzip, opened, &compressed(run), "not compressed"),
            ))
        });
        lines.extend(line.filter(|line| !lines.contains(line)));
    }
    lines
}

fn compressed(run: &Run) -> String {
    let late = match run.scenario.compression {
        Some(Flush::After(size)) => format!(" and sent once there are {size} of events"),
        Some(Flush::EachEvent) | None => String::new(),
    };
    format!("compressed with {}{late}", Encoding::Gzip.name())
}

/// What is said of `some` of `all`.
fn part(some: u32, all: u32, of_them: &str, of_others: &str) -> String {
    match some {
        0 => of_others.to_owned(),
        some if some < all => format!("{some} of {all} {of_them}"),
        _ => of_them.to_owned(),
    }
}

fn streams(run: &Run, stream: &StreamFacts) -> String {
    let scenario = &run.scenario;
    let origin = match &scenario.origin {
        Origin::Simulated => {
            let shapes = scenario.streams.first().map_or("", |spec| spec.shape.name());
            format!("shape {shapes}, pace {}", scenario.pace)
        }
        Origin::Upstream { url } => format!("{} of {url}, on average", scenario.model),
        Origin::Cassette { tempo: Tempo::Own, .. } => "a recorded stream".to_owned(),
        Origin::Cassette { tempo: Tempo::Even, .. } => format!("a recorded stream, evenly, pace {}", scenario.pace),
        Origin::Cassette { tempo: Tempo::Recorded(speed), .. } => {
            format!("a recorded stream, {} times as fast", speed.times())
        }
    };
    let hung_up = if scenario.hang_up { ", whose users hang up after the first" } else { "" };
    let waves = if scenario.waves > 1 { format!(", in {} waves{hung_up}", scenario.waves) } else { String::new() };
    let ends = match scenario.endings[..] {
        [Ending::Apart] => ", ended one after the other",
        [Ending::Together, Ending::Apart] => ", ended all at once and, in other trials, one after the other",
        _ => "",
    };
    // Where it was noted, a line of its own tells what each client spoke.
    let is_noted = run.trials.iter().any(|trial| trial.simulator.spoken.is_some());
    let http = if is_noted { String::new() } else { format!(", HTTP/{}", scenario.http.version()) };
    format!(
        "{} characters a stream ({} events, {} on the wire){http}{}, {origin}{}{waves}{ends}",
        grouped(stream.chars),
        grouped(stream.deltas),
        Bytes(stream.wire_bytes),
        match (scenario.tls, is_noted) {
            (true, true) => ", over TLS",
            (true, false) => " over TLS",
            (false, _) => "",
        },
        if scenario.slow_reader { ", not read" } else { "" },
    )
}
