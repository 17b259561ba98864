//! A plan's numbers as the charts want them.

use super::limits::share;
use super::words::{capital, percent, short, size, tier_name, usd};
use crate::cost::SAFE_SHARE;
use crate::plan::{Band, LimitUse, Plan, Resource};
use crate::report::chart::{ChartError, Format, Growth, GrowthLine, LimitLines, PlannedPoint, UsedLimit, Utilisation};
use crate::report::{Rendered, ReportError};
use crate::units::MIB;

/// Points of a line over the streams.
const STEPS: u32 = 60;
/// Lines go on to this many times the planned number of streams.
const BEYOND: f64 = 1.6;
/// And where memory has room for more, to this many times.
const FARTHEST: f64 = 6.0;

/// All pictures that the plan has numbers for.
///
/// # Errors
/// When one cannot be drawn, which would be a mistake in this program.
pub fn pictures(plan: &Plan) -> Result<Vec<Rendered>, ReportError> {
    let mut files = Vec::new();
    for format in [Format::Svg, Format::Png] {
        let mut add = |name: &str, drawn: Option<Result<Vec<u8>, ChartError>>| {
            let name = format!("{name}.{}", format.extension());
            if let Some(drawn) = drawn {
                let drawn = drawn.map_err(|source| ReportError::Chart { name: name.clone(), source })?;
                files.push((name, drawn));
            }
            Ok::<(), ReportError>(())
        };
        add("utilisation", utilisation(plan).map(|chart| chart.draw(format)))?;
        add("memory-against-concurrency", memory(plan).map(|chart| chart.draw(format)))?;
        add("cost-against-concurrency", money(plan).map(|chart| chart.draw(format)))?;
    }
    Ok(files)
}

/// The share of every limit; none without a limit.
fn utilisation(plan: &Plan) -> Option<Utilisation> {
    let limits: Vec<UsedLimit> = plan.sizing.together.limits.iter().map(|limit| used(plan, limit)).collect();
    let binding = plan.binding()?;
    Some(Utilisation {
        title: capital(&format!("{} binds: {}, which {}", binding.name(), share(binding), binding.verdict())),
        subtitle: subtitle(plan),
        workloads: names(plan),
        limits,
        safe: SAFE_SHARE,
        doubts: doubts(plan),
    })
}

fn used(plan: &Plan, limit: &LimitUse) -> UsedLimit {
    let parts = plan.sizing.parts(&plan.inputs, limit);
    // The base is the process's, whatever its streams are.
    let base = (limit.resource == Resource::Memory).then_some((None, parts.base));
    let own = parts.workloads.iter().enumerate().filter_map(|(index, own)| Some((Some(index), (*own)?)));
    UsedLimit {
        name: limit.name(),
        parts: base.into_iter().chain(own).collect(),
        high: limit.share().high,
        label: format!("{}: {}", percent(limit.share().high), limit.verdict()),
    }
}

/// Memory of one process as its streams grow; none where it is not known.
fn memory(plan: &Plan) -> Option<Growth> {
    let inputs = &plan.inputs;
    let planned = plan.sizing.together.memory?;
    let streams = per_process(plan);
    let limit = inputs.process.memory_limit.map(|limit| limit.as_f64());
    let fits = |streams: f64| limit.zip(plan.sizing.memory_of_mix(inputs, streams)).is_some_and(|(l, m)| m.high < l);
    let mut end = streams * BEYOND;
    while end < streams * FARTHEST && fits(end) {
        end *= 1.3;
    }
    let points = (0..=STEPS).filter_map(|step| {
        let x = end * f64::from(step) / f64::from(STEPS);
        let Band { low, likely, high } = plan.sizing.memory_of_mix(inputs, x)?;
        Some((x, [low / MIB, likely / MIB, high / MIB]))
    });
    let lines: Vec<String> = inputs.workloads.iter().filter_map(|w| w.memory.as_ref()).map(|l| l.name()).collect();
    let mut named: Vec<String> = Vec::new();
    lines.into_iter().for_each(|line| {
        if !named.contains(&line) {
            named.push(line)
        }
    });
    Some(Growth {
        title: format!(
            "{} streams in a process take {}, at most {}",
            short(streams),
            size(planned.likely),
            size(planned.high)
        ),
        subtitle: format!("{}; {}", subtitle(plan), named.join("; ")),
        y_title: "memory of one process (MiB)".to_owned(),
        lines: vec![GrowthLine { name: "memory".to_owned(), points: points.collect() }],
        limit: limit.map(|limit_bytes| LimitLines { limit_bytes, seventy_bytes: SAFE_SHARE * limit_bytes }),
        planned: PlannedPoint {
            streams,
            value: planned.likely / MIB,
            label: format!("planned: {} streams, {}", short(streams), size(planned.likely)),
        },
        remarks: mix_remark(plan),
        doubts: doubts(plan),
    })
}

/// Money an hour as streams grow; none where prices or tokens are not known.
fn money(plan: &Plan) -> Option<Growth> {
    let per_hour = plan.money.usd_per_hour?;
    let batch =
        plan.money.workloads.iter().flatten().map(|cost| cost.batch.per_day.likely / cost.hours_a_day).sum::<f64>();
    let streams = plan.sizing.together.concurrency.likely;
    let line = |name: &str, Band { low, likely, high }: Band| GrowthLine {
        name: name.to_owned(),
        points: [0.0, BEYOND].map(|share| (share * streams, [share * low, share * likely, share * high])).to_vec(),
    };
    Some(Growth {
        title: format!("{} streams cost {} an hour", short(streams), usd(per_hour.likely)),
        subtitle: subtitle(plan),
        y_title: "USD an hour".to_owned(),
        lines: vec![line("streamed", per_hour), line("the same work as Message Batches", Band::exact(batch))],
        limit: None,
        planned: PlannedPoint {
            streams,
            value: per_hour.likely,
            label: format!("planned: {} streams, {} an hour", short(streams), usd(per_hour.likely)),
        },
        remarks: mix_remark(plan),
        doubts: doubts(plan),
    })
}

fn per_process(plan: &Plan) -> f64 {
    (plan.sizing.together.concurrency.likely / f64::from(plan.inputs.process.replicas)).ceil()
}

fn mix_remark(plan: &Plan) -> Vec<String> {
    if plan.inputs.workloads.len() == 1 {
        return Vec::new();
    }
    vec!["Streams of all workloads, in the planned mix.".to_owned()]
}

fn names(plan: &Plan) -> Vec<String> {
    plan.inputs.workloads.iter().map(|workload| workload.name.clone()).collect()
}

fn subtitle(plan: &Plan) -> String {
    let tier = plan.inputs.account.tier.as_ref().map(|tier| format!(", {}", tier_name(tier))).unwrap_or_default();
    let replicas = match plan.inputs.process.replicas {
        1 => String::new(),
        replicas => format!(", {replicas} replicas"),
    };
    format!("{}{tier}{replicas}", names(plan).join(", "))
}

fn doubts(plan: &Plan) -> Option<String> {
    match plan.doubts.len() {
        0 => None,
        1 => Some("1 doubt: see the plan".to_owned()),
        more => Some(format!("{more} doubts: see the plan")),
    }
}
