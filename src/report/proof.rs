//! A proof in words.

use crate::proof::{Fate, LimitedTrial, Proof};
use crate::units::{grouped, significant};

/// `proof.json`.
///
/// # Errors
/// When it cannot be written as JSON, which would be a mistake in this program.
pub fn proof_json(proof: &Proof) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(proof)? + "\n")
}

/// The verdict first, then every trial.
pub fn proof_text(proof: &Proof) -> String {
    let mut lines = vec![verdict(proof), String::new()];
    let mut trials: Vec<&LimitedTrial> = proof.trials.iter().collect();
    trials.sort_by_key(|trial| trial.streams);
    let widest = trials.iter().map(|trial| grouped(trial.streams.into()).len()).max().unwrap_or(0);
    lines.extend(
        trials
            .iter()
            .map(|trial| format!(" {:>widest$} streams: {}", grouped(trial.streams.into()), fate(&trial.fate))),
    );
    lines.join("\n") + "\n"
}

fn verdict(proof: &Proof) -> String {
    let predicted = proof.predicted;
    let promise = format!(
        "{}: a limit of {} was predicted to kill {} streams ({} to {} with 90 % confidence).",
        proof.label,
        proof.limit,
        grouped(predicted.streams),
        grouped(predicted.low),
        grouped(predicted.high),
    );
    let found = match (proof.smallest_killed(), proof.largest_survivor(), proof.error()) {
        (Some(killed), Some(survived), Some(error)) => format!(
            "The kernel killed {} and let {} live: the prediction was {}.",
            grouped(killed.into()),
            grouped(survived.into()),
            off_by(error)
        ),
        (Some(killed), None, Some(error)) => {
            format!(
                "The kernel killed {} and all that were tried below: the prediction was {}.",
                grouped(killed.into()),
                off_by(error)
            )
        }
        (None, Some(survived), _) => {
            format!("The kernel killed none of those that were tried; {} streams lived.", grouped(survived.into()))
        }
        _ => "No trial says anything of it.".to_owned(),
    };
    format!("{promise}\n{found}")
}

fn off_by(error: f64) -> String {
    match error {
        0.0 => "exact".to_owned(),
        high if high > 0.0 => format!("{} % too high", significant(high * 100.0, 2)),
        low => format!("{} % too low", significant(-low * 100.0, 2)),
    }
}

fn fate(fate: &Fate) -> String {
    match fate {
        Fate::Survived => "survived".to_owned(),
        Fate::Killed { kills } => format!("killed (oom_kill {kills} in its cgroup)"),
        Fate::Failed { why } => format!("failed: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::{Prediction, SCHEMA};
    use crate::units::Bytes;

    #[test]
    fn the_verdict_names_the_error() {
        let trial = |streams, fate| LimitedTrial { streams, fate };
        let proof = Proof {
            schema: SCHEMA.to_owned(),
            probe_version: "0".to_owned(),
            label: "retain-chunks".to_owned(),
            limit: Bytes(48 << 20),
            predicted: Prediction { streams: 206, low: 200, high: 212 },
            trials: vec![trial(208, Fate::Killed { kills: 1 }), trial(200, Fate::Survived)],
        };
        let text = proof_text(&proof);
        assert!(text.contains("kill 206 streams (200 to 212"), "{text}");
        assert!(text.contains("killed 208 and let 200 live: the prediction was 0.96 % too low"), "{text}");
        assert!(text.ends_with(" 200 streams: survived\n 208 streams: killed (oom_kill 1 in its cgroup)\n"), "{text}");
    }
}
