//! `report.md`: the whole result on a page.

use super::sentence::headlines;
use super::table::Table;
use super::{container, sites};
use crate::cost::Analysis;
use crate::foreign::{code_markdown, plain_markdown};
use crate::reading::cgroup::Version;
use crate::run::{PassedOn, Phase, Plateau, Run, StreamFacts, Trial};
use crate::scenario::{Client, Origin, Tempo};
use crate::units::{Bytes, Unit, grouped, significant};

/// The page.
pub fn markdown(run: &Run, analysis: &Analysis) -> String {
    let sections = [
        format!("# What one more open stream costs: {}\n", plain_markdown(&run.scenario.name())),
        headlines(run, analysis).iter().map(|said| plain_markdown(said)).collect::<Vec<_>>().join("\n\n") + "\n",
        pictures(analysis),
        Table::of_costs(run, analysis).markdown(),
        container::note(analysis).map(|note| plain_markdown(&note) + "\n").unwrap_or_default(),
        doubts(analysis),
        proof(analysis),
        heap(run, analysis),
        readings(run),
        leaves_out(),
        conditions(run),
        glossary(),
    ];
    sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The pictures that stand beside the page: where there are many, those of single clients are linked and not shown.
fn pictures(analysis: &Analysis) -> String {
    let parts = super::pictured(analysis);
    let link = |(client, _): &(Option<String>, Analysis)| {
        let client = client.as_deref().unwrap_or_default();
        format!("{client} ([over time](rss-over-time-{client}.svg), [cost line](cost-line-{client}.svg))")
    };
    match &parts[..] {
        [(None, _)] => "![RSS over time](rss-over-time.svg)\n\n![The cost line](cost-line.svg)\n".to_owned(),
        many => {
            let links: Vec<String> = many.iter().map(link).collect();
            format!("![What one more stream costs with each client](comparison.svg)\n\n{}\n", links.join(" · "))
        }
    }
}

fn doubts(analysis: &Analysis) -> String {
    let mut out = "## Doubts\n\n".to_owned();
    out.extend(
        analysis.without_line.iter().map(|error| format!("- No line: {}\n", plain_markdown(&error.to_string()))),
    );
    let item = |(about, doubt): &(String, String)| format!("- {}\n", plain_markdown(&format!("{about}: {doubt}")));
    out.extend(super::doubts::all(analysis).iter().map(item));
    if analysis.is_sound() {
        out += "None.\n";
    }
    out
}

/// Every trial under the limit; the verdict stands at the top.
fn proof(analysis: &Analysis) -> String {
    let Some(proof) = &analysis.proof else { return String::new() };
    let trials: String =
        super::proof::trials(proof).iter().map(|line| format!("- {}\n", plain_markdown(line.trim_start()))).collect();
    format!("## Under the limit\n\n{trials}")
}

/// The words of the field, each once.
fn glossary() -> String {
    "## Words\n\n\
     - *Trial*: one fresh process at one number of streams. *Rung*: one of these numbers; all of them are the ladder. *Pass*: a trial at \
     every rung.\n\
     - *Base*: where the line meets no stream at all, which is what the process needs anyway. *Slope*: what one more stream adds.\n\
     - *95 %*: an interval that holds the true number in 95 of 100 such runs; no narrower than one page of memory allows.\n\
     - *Theil-Sen*: the median of the slopes through every two trials. A single odd trial moves the fitted slope and not this one: where \
     the two differ, look at the trials.\n\
     - *R²*: the share of all variation that the line explains, 1 for all of it.\n"
        .to_owned()
}

fn heap(run: &Run, analysis: &Analysis) -> String {
    let mut out = String::new();
    for mode in &analysis.series {
        let Some(record) = sites::profile(run, mode) else { continue };
        out += &format!(
            "## Heap: {}, the ten largest sites with {} streams\n\n{}\n",
            plain_markdown(&mode.fitted.label),
            grouped(u64::from(record.streams)),
            sites::table(record, mode).markdown()
        );
        if let Some(sentence) = sites::sentence(mode) {
            out += &format!("{sentence}\n\n");
        }
        out += &format!(
            "Requested bytes, alive on the *full* plateau, from a process of its own under dhat. Bytes per stream: the line \
             through the profiles at the smallest and the largest number of streams. The whole profile: {}, for dh_view.\n",
            code_markdown(&record.file)
        );
    }
    out
}

/// How well the readings agree, over all plateaus.
fn readings(run: &Run) -> String {
    let plateaus = || run.trials.iter().flat_map(Trial::plateaus);
    let apart = plateaus().filter_map(Plateau::readings_apart_bytes).max();
    let inside = run.trials.iter().filter_map(|trial| {
        let outside = trial.plateau(Phase::Full)?.resident_bytes();
        Some(trial.self_reported_rss?.abs_diff(outside))
    });
    let peak_over = run.trials.iter().filter_map(|trial| {
        let full = trial.plateau(Phase::Full)?;
        Some(full.high_water_bytes?.saturating_sub(full.resident_bytes()))
    });
    let facts = || run.trials.iter().map(|trial| trial.sampler);
    let most = |numbers: &mut dyn Iterator<Item = f64>| numbers.fold(0.0, f64::max);
    format!(
        "## Readings\n\n\
         - {}\n\
         - The subject's own reading (`memory-stats`) and the one from outside differ by at most {}.\n\
         - {}\n\
         - One `statm` sample took {} µs (median), every {} ms; the 99th percentile came {} ms late, the latest {} ms.\n\
         - The simulator's events came {} ms late at the 99th percentile of the worst trial, at {} ms an event.\n",
        apart.map_or_else(
            || "`smaps_rollup` could not be read: RSS is by `statm` alone.".to_owned(),
            |bytes| format!(
                "`statm` and `smaps_rollup`, read one after the other on every plateau, differ by at most {}.",
                Bytes(bytes)
            )
        ),
        inside.max().map_or_else(|| "nothing: it gave none".to_owned(), |bytes| Bytes(bytes).to_string()),
        peak_over.max().map_or_else(
            || "The peak (`VmHWM`) could not be read.".to_owned(),
            |bytes| format!("The peak (`VmHWM`) lies at most {} above the *full* plateau.", Bytes(bytes))
        ),
        significant(most(&mut facts().map(|facts| facts.read_median_us)), 2),
        facts().map(|facts| facts.period_ms).max().unwrap_or(0),
        significant(most(&mut facts().map(|facts| facts.late_p99_ms)), 2),
        significant(most(&mut facts().map(|facts| facts.late_max_ms)), 2),
        significant(most(&mut run.trials.iter().map(|trial| trial.simulator.late_p99_ms)), 2),
        significant(most(&mut run.trials.iter().map(|trial| trial.simulator.interval_ms)), 2),
    )
}

fn leaves_out() -> String {
    "## What the number leaves out\n\n\
     RSS is what the process has resident. A container is charged for more: kernel memory of sockets (its own line above), about \
     2.6 kB of kernel structures a socket, page tables, the page cache. What kills is the peak, and transient garbage of a runtime \
     is not on a plateau. The cost holds for streams like these, on this machine, with this allocator.\n"
        .to_owned()
}

fn conditions(run: &Run) -> String {
    let (scenario, environment) = (&run.scenario, &run.environment);
    let ladder: Vec<String> = scenario.ladder.rungs().iter().map(u32::to_string).collect();
    let mut lines: Vec<String> = run.streams.iter().map(|stream| streams(run, stream)).collect();
    lines.extend(scenario.series.iter().filter_map(|series| match &series.client {
        Client::Command(command) => {
            Some(format!("{}: {}", plain_markdown(command.name()), code_markdown(&command.words().join(" "))))
        }
        Client::Reqwest | Client::Stack(_) | Client::Ballast { .. } => None,
    }));
    lines.dedup();
    lines.push(format!(
        "streams {}; {} trials, each a fresh process; seed {}",
        ladder.join(", "),
        run.trials.len(),
        scenario.seed
    ));
    if let Some(limit) = scenario.limit.filter(|_| scenario.confined) {
        lines.push(format!("each in a memory cgroup with a limit of {limit}"));
    }
    lines.push(plain_markdown(&format!(
        "Linux {} on {}, {} processors, {} of memory, pages of {}, transparent huge pages {}, swap {}, cgroup v{}",
        environment.kernel,
        environment.architecture,
        environment.processors,
        Unit::Gibibyte.with_unit(environment.memory_bytes as f64, 2),
        Bytes(environment.page_bytes),
        environment.transparent_huge_pages,
        Bytes(environment.swap_bytes),
        environment.cgroup_version.map_or(0, Version::number),
    )));
    if let Some(PassedOn { streams, input_tokens, output_tokens, .. }) = &run.passed_on {
        lines.push(format!(
            "{} streams passed on, {} input and {} output tokens",
            grouped(u64::from(*streams)),
            grouped(*input_tokens),
            grouped(*output_tokens)
        ));
    }
    lines.push(plain_markdown(&format!("probe {}, begun {}", run.probe_version, run.began)));
    format!(
        "## Conditions\n\n- {}\n\n`probe report` on this folder renders it again from `run.json`.\n",
        lines.join("\n- ")
    )
}

fn streams(run: &Run, stream: &StreamFacts) -> String {
    let scenario = &run.scenario;
    let origin = match &scenario.origin {
        Origin::Simulated => {
            let shapes = scenario.streams.first().map_or("", |spec| spec.shape.name());
            format!("shape {shapes}, pace {}", scenario.pace)
        }
        Origin::Upstream { url } => plain_markdown(&format!("{} of {url}, on average", scenario.model)),
        Origin::Cassette { tempo: Tempo::Own, .. } => "a recorded stream".to_owned(),
        Origin::Cassette { tempo: Tempo::Even, .. } => format!("a recorded stream, evenly, pace {}", scenario.pace),
        Origin::Cassette { tempo: Tempo::Recorded(speed), .. } => {
            format!("a recorded stream, {} times as fast", speed.times())
        }
    };
    format!(
        "{} characters a stream ({} events, {} on the wire), HTTP/{}{}, {origin}{}",
        grouped(stream.chars),
        grouped(stream.deltas),
        Bytes(stream.wire_bytes),
        scenario.http.version(),
        if scenario.tls { " over TLS" } else { "" },
        if scenario.slow_reader { ", not read" } else { "" },
    )
}
