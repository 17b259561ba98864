//! A proof in words.

use super::cures::proof_doubt_text;
use super::page::{Block, Page, Section, Terminal, columns::Columns, text};
use crate::cost::{ProofDoubt, Quantity, SeriesAnalysis};
use crate::fit::Line;
use crate::proof::{Fate, LimitedTrial, Proof};
use crate::run::Phase;
use crate::scenario::Held;
use crate::units::{Unit, counted, grouped, significant};
use serde::Serialize;
use serde_json::Value;

/// `proof.json`: the record, and what speaks against it.
///
/// # Errors
/// When it cannot be written as JSON, which would be a mistake in this program.
pub fn proof_json(proof: &Proof) -> serde_json::Result<String> {
    #[derive(Serialize)]
    struct Doubted<'a> {
        #[serde(flatten)]
        proof: &'a Proof,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        doubts: Vec<Value>,
    }
    let with_text = |doubt: ProofDoubt| {
        let mut value = serde_json::to_value(doubt)?;
        value["text"] = proof_doubt_text(&doubt).into();
        Ok(value)
    };
    let doubts = ProofDoubt::of(proof).into_iter().map(with_text).collect::<serde_json::Result<_>>()?;
    Ok(serde_json::to_string_pretty(&Doubted { proof, doubts })? + "\n")
}

/// The verdict first, then every trial.
pub fn proof_text(proof: &Proof, columns: Columns) -> String {
    let section = Section { terminal: Terminal::Untitled, ..trials(proof) };
    text(&Page { said: verdict(proof), sections: vec![section], ..Page::default() }, columns)
}

/// Every trial, a line each, by streams.
pub fn trials(proof: &Proof) -> Section {
    let mut trials: Vec<&LimitedTrial> = proof.trials.iter().collect();
    trials.sort_by_key(|trial| trial.streams);
    let held = proof.held.many();
    let line = |trial: &&LimitedTrial| (trial.streams.into(), format!(" {held}: {}", fate(trial, proof.held)));
    let lines = Block::Counted(trials.iter().map(line).collect());
    Section { title: Some("Under the limit".to_owned()), blocks: vec![lines], terminal: Terminal::Titled }
}

/// Why a proof and the RSS of the same run say different numbers; nothing where no charge was read.
pub fn charge_against_rss(series: &SeriesAnalysis) -> Option<String> {
    let charge = series.line(Quantity::Container)?;
    let said = |line: &Line| {
        let base = Unit::Mebibyte.with_unit(line.intercept.value, 3);
        let each = series.fitted.client.held().said(" a stream");
        format!("{base} + {}{each}", Unit::for_size(line.slope.value).with_unit(line.slope.value, 3))
    };
    Some(format!(
        "The kernel kills by what the container is charged, {}; RSS is {}: it counts pages of files, which the kernel takes back before it \
         kills, and leaves out what the kernel itself keeps for{}.",
        said(charge),
        said(series.full()),
        series.fitted.client.held().said(" a stream"),
    ))
}

/// What was promised, and what came of it: a sentence each.
pub fn verdict(proof: &Proof) -> Vec<String> {
    let predicted = proof.predicted;
    let promise = format!(
        "{}: a limit of {} was predicted to kill {} {} ({} {} with {:.0} % confidence).",
        proof.label,
        proof.limit,
        grouped(predicted.streams),
        proof.held.many(),
        grouped(predicted.low),
        predicted.high.map_or_else(|| "and more".to_owned(), |high| format!("to {}", grouped(high))),
        predicted.confidence * 100.0,
    );
    let found = match (proof.smallest_killed(), proof.largest_survivor(), proof.error()) {
        (Some(killed), Some(survived), Some(error)) => format!(
            "The kernel killed {} and let {} live: the prediction was {}.",
            grouped(killed.into()),
            grouped(survived.into()),
            off_by(error)
        ),
        (Some(killed), None, Some(error)) => {
            let below = match proof.failed() {
                0 => " and all that were tried below".to_owned(),
                failed => format!(", and {} failed for another reason", counted(failed as u64, "trial")),
            };
            format!("The kernel killed {}{below}: the prediction was {}.", grouped(killed.into()), off_by(error))
        }
        (None, Some(survived), _) => {
            format!(
                "The kernel killed none of those that were tried; {} {} lived.",
                grouped(survived.into()),
                proof.held.many()
            )
        }
        _ if proof.interrupted => "Interrupted before a trial at the limit had ended: no proof yet.".to_owned(),
        _ => "No trial says anything of it.".to_owned(),
    };
    [promise, found].into_iter().chain(fewer_held(proof)).chain(why_failed(proof)).collect()
}

/// That the smallest number that was killed is not the one that was asked for.
fn fewer_held(proof: &Proof) -> Option<String> {
    let killed = proof.smallest_killed()?;
    let trial = proof.trials.iter().find(|trial| trial.held() == killed && trial.held() < trial.streams)?;
    Some(format!(
        "The {} that were killed were asked to be {}: something, such as a pool, let no more be open at once.",
        grouped(killed.into()),
        grouped(trial.streams.into())
    ))
}

/// Why trials say nothing of the limit, by the first of them.
fn why_failed(proof: &Proof) -> Option<String> {
    let (first, why) = proof.trials.iter().find_map(|trial| Some((trial, trial.failure()?)))?;
    let streams = counted(first.streams.into(), proof.held.one());
    Some(match proof.failed() {
        1 => format!("The trial with {streams} failed: {}", ended(why)),
        failed => format!("{} failed, the first with {streams}: {}", counted(failed as u64, "trial"), ended(why)),
    })
}

/// With its full stop, if it has no mark of its own.
fn ended(why: &str) -> String {
    let has_mark = why.ends_with(['.', '?', '!']);
    if has_mark { why.to_owned() } else { format!("{why}.") }
}

fn off_by(error: f64) -> String {
    match error {
        0.0 => "exact".to_owned(),
        high if high > 0.0 => format!("{} % too high", significant(high * 100.0, 2)),
        low => format!("{} % too low", significant(-low * 100.0, 2)),
    }
}

fn moment(phase: Phase) -> &'static str {
    match phase {
        Phase::Idle => "no stream was open",
        Phase::Open => "its streams opened",
        Phase::Streaming => "text came",
        Phase::Full | Phase::Collected => "it had all its text",
        Phase::Released => "its streams ended",
    }
}

/// What became of a trial under a limit, in words.
pub fn fate(trial: &LimitedTrial, what: Held) -> String {
    match &trial.fate {
        Fate::Survived => "survived".to_owned(),
        Fate::Killed { kills, phase, held } => {
            let when = phase.map(|phase| format!(" when {}", what.said(moment(phase)))).unwrap_or_default();
            let held = held.map(|held| format!(", holding {}", grouped(held.into()))).unwrap_or_default();
            format!("killed{when}{held} (oom_kill {kills} in its cgroup)")
        }
        Fate::Failed { why } => format!("failed: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::{Prediction, SCHEMA};
    use crate::units::Bytes;

    fn proof(trials: Vec<LimitedTrial>) -> Proof {
        Proof {
            schema: SCHEMA.to_owned(),
            probe_version: "0".to_owned(),
            label: "retain-chunks".to_owned(),
            held: Held::Stream,
            limit: Bytes(48 << 20),
            predicted: Prediction { streams: 206, low: 200, high: Some(212), confidence: 0.9 },
            trials,
            interrupted: false,
        }
    }

    fn trial(streams: u32, fate: Fate) -> LimitedTrial {
        LimitedTrial { streams, fate }
    }

    #[test]
    fn the_verdict_names_the_error() {
        let killed = Fate::Killed { kills: 1, phase: None, held: None };
        let text = proof_text(&proof(vec![trial(208, killed), trial(200, Fate::Survived)]), None);
        assert!(text.contains("kill 206 streams (200 to 212"), "{text}");
        assert!(text.contains("killed 208 and let 200 live: the prediction was 0.96 % too low"), "{text}");
        assert!(text.ends_with(" 200 streams: survived\n 208 streams: killed (oom_kill 1 in its cgroup)\n"), "{text}");
    }

    /// What a pool let be open is what was killed, whatever was asked for.
    #[test]
    fn a_pool_is_told() {
        let killed = Fate::Killed { kills: 1, phase: Some(Phase::Streaming), held: Some(203) };
        let proof = proof(vec![trial(208, killed), trial(200, Fate::Survived)]);
        let text = proof_text(&proof, None);
        assert!(text.contains("killed 203 and let 200 live: the prediction was 1.5 % too high"), "{text}");
        assert!(text.contains("The 203 that were killed were asked to be 208: something, such as a pool"), "{text}");
        assert!(text.contains(" 208 streams: killed when text came, holding 203 (oom_kill 1 in"), "{text}");
        let json = proof_json(&proof).unwrap();
        assert!(json.contains("\"held\": 203"), "{json}");
        assert_eq!(serde_json::from_str::<Proof>(&json).unwrap(), proof);
    }

    #[test]
    fn a_failure_is_told_with_its_reason() {
        let why = "it held 203 of 208 streams: a pool, or a gate?";
        let failed = |streams| trial(streams, Fate::Failed { why: why.to_owned() });
        let survived = || trial(200, Fate::Survived);
        for (trials, said) in [
            (vec![failed(208), survived()], "The trial with 208 streams failed: it held 203"),
            (vec![failed(208), failed(210)], "2 trials failed, the first with 208 streams: it held 203"),
        ] {
            let proof = proof(trials);
            let text = proof_text(&proof, None);
            assert!(text.contains(said) && text.contains("208 streams: failed: it held 203"), "{text}");
            let json = proof_json(&proof).unwrap();
            assert!(json.contains(why) && json.contains("Mend what they failed of"), "{json}");
        }
    }
}
