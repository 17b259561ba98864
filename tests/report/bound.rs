//! What streams need at most is never below what was seen: in every recorded run, and in runs that are made up from them.

use proptest::prelude::*;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use stream_probe::cost::Analysis;
use stream_probe::fit::Largest;
use stream_probe::run::Run;

fn recorded() -> Vec<(PathBuf, Value)> {
    let gallery = Path::new(env!("CARGO_MANIFEST_DIR")).join("output/gallery");
    let runs = fs::read_dir(gallery).unwrap().map(|entry| entry.unwrap().path().join("run.json"));
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).ok()?;
        Some((path, serde_json::from_str(&text).unwrap()))
    };
    runs.filter_map(read).collect()
}

/// Everything that a trial's record says of its memory at any moment, bytes. Read from the record as it is written, and not as the program
/// does. Of several processes only what is counted once: a sample above what any one process ever had is a sum over some that came and went,
/// and where their cgroup's highest charge is known, so is what of the sum can have been there at once.
fn moments(trial: &Value, page: f64) -> Vec<f64> {
    let phases = trial["phases"].as_array().unwrap();
    let plateaus: Vec<&Value> =
        phases.iter().map(|phase| &phase["plateau"]).filter(|plateau| plateau.is_object()).collect();
    let mut moments = Vec::new();
    if plateaus.iter().all(|plateau| plateau["processes"] == 1) {
        let samples = trial["samples"]["rss_pages"].as_array().unwrap();
        let most = at_once(trial, &plateaus);
        moments.extend(samples.iter().map(|pages| (pages.as_f64().unwrap() * page).min(most)));
        moments.extend(plateaus.iter().filter_map(|plateau| plateau["high_water_bytes"].as_f64()));
    }
    moments.extend(plateaus.iter().filter_map(|plateau| plateau["counted_once_bytes"].as_f64()));
    moments.extend(trial["high_water_of_one_bytes"].as_f64());
    moments
}

/// The highest charge and the resident pages of files, which another cgroup may be charged for; or more, if one process alone had more.
fn at_once(trial: &Value, plateaus: &[&Value]) -> f64 {
    let Some(charged) = trial["container_peak_bytes"].as_f64() else { return f64::INFINITY };
    let bytes = |plateau: &Value, name: &str| plateau["smaps"][name].as_f64().unwrap_or(0.0);
    let files = plateaus.iter().map(|plateau| bytes(plateau, "rss_bytes") - bytes(plateau, "anonymous_bytes"));
    (charged + files.fold(0.0, f64::max)).max(trial["high_water_of_one_bytes"].as_f64().unwrap_or(0.0))
}

fn held(trial: &Value) -> u64 {
    let plateau = |name: &str| {
        let phases = trial["phases"].as_array().unwrap();
        phases.iter().find(|phase| phase["phase"] == name)?["plateau"]["streams"].as_u64()
    };
    plateau("full").or(plateau("open")).unwrap_or(0)
}

/// No bound of the run is below any moment of it, and what fits below a limit was not seen above it.
fn holds(raw: &Value) -> Result<(), String> {
    let mut raw = raw.clone();
    raw["scenario"]["limit"] = 67_108_864.into();
    let run: Run = serde_json::from_value(raw.clone()).map_err(|error| error.to_string())?;
    let Ok(analysis) = Analysis::of(&run) else { return Ok(()) };
    let page = raw["environment"]["page_bytes"].as_f64().unwrap();
    for series in &analysis.series {
        let fits = series.fitted.fits.unwrap();
        for trial in raw["trials"].as_array().unwrap() {
            let streams = held(trial);
            if trial["series"] != series.fitted.index || streams > u64::from(series.fitted.streams_max) {
                continue;
            }
            let highest = moments(trial, page).into_iter().fold(0.0, f64::max);
            let bound = series.fitted.needs_at_most(streams as f64);
            if bound < highest {
                return Err(format!("{streams} streams need at most {bound}, and {highest} was seen: {trial}"));
            }
            for (limit, fit) in [(fits.safe_bytes, fits.streams), (fits.limit_bytes, fits.streams_at_limit)] {
                let fits = match fit {
                    None => false,
                    Some(Largest::Whole(most)) => streams <= most,
                    Some(Largest::Unbounded) => true,
                };
                if fits && highest > limit {
                    return Err(format!("{streams} streams fit below {limit}, and {highest} was seen"));
                }
            }
        }
    }
    Ok(())
}

#[test]
fn no_recorded_run_was_seen_above_its_bound() {
    assert!(RUNS.len() >= 5, "{}", RUNS.len());
    for (path, raw) in RUNS.iter() {
        if let Err(why) = holds(raw) {
            panic!("{}: {}", path.display(), &why[..why.len().min(300)]);
        }
    }
}

static RUNS: LazyLock<Vec<(PathBuf, Value)>> = LazyLock::new(recorded);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// A moment may come anywhere: in a sample, in a mark, in one trial of many or in all.
    #[test]
    fn no_made_up_run_is_seen_above_its_bound(
        which in 0..64_usize,
        moments in proptest::collection::vec((0..64_usize, 0..10_000_usize, 0..4_u8, 1.0..2e9_f64), 1..6),
    ) {
        let (path, mut raw) = RUNS[which % RUNS.len()].clone();
        let page = raw["environment"]["page_bytes"].as_f64().unwrap();
        let trials = raw["trials"].as_array_mut().unwrap();
        for (trial, at, what, bytes) in moments {
            let trial = trial % trials.len();
            let trial = &mut trials[trial];
            match what {
                0 | 1 => {
                    let samples = trial["samples"]["rss_pages"].as_array_mut().unwrap();
                    let at = at % samples.len();
                    samples[at] = ((bytes / page) as u32).into();
                }
                2 => {
                    let phases = trial["phases"].as_array_mut().unwrap();
                    let with: Vec<&mut Value> = phases.iter_mut().filter(|phase| phase["plateau"]["high_water_bytes"].is_u64()).collect();
                    let of = with.len();
                    if let Some(phase) = with.into_iter().nth(at % of.max(1)) {
                        phase["plateau"]["high_water_bytes"] = (bytes as u64).into();
                    }
                }
                _ => trial["high_water_of_one_bytes"] = (bytes as u64).into(),
            }
        }
        let held = holds(&raw);
        prop_assert!(held.is_ok(), "{}: {:.300}", path.display(), held.unwrap_err());
    }
}
