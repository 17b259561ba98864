//! Doubts in whole sentences: what is the matter, and the cure in the words of the command line.

use crate::cost::{Cure, Doubt, ProofDoubt, Reading};

/// A doubt about a line, in its sentences.
pub fn doubt_text(doubt: &Doubt, cure: Option<Cure>) -> String {
    with_cure(doubt.matter(), cure)
}

/// A doubt about a proof, in its sentences.
pub fn proof_doubt_text(doubt: &ProofDoubt) -> String {
    with_cure(doubt.matter(), Some(doubt.cure()))
}

fn with_cure(matter: String, cure: Option<Cure>) -> String {
    match cure {
        None => matter,
        Some(cure) => format!("{matter} {}", words(cure)),
    }
}

/// What to do, in a sentence.
fn words(cure: Cure) -> String {
    let fixed = match cure {
        Cure::MoreRungs(rungs) => {
            let rungs = rungs.map(|rung| rung.to_string()).join(",");
            return format!("Measure at three and more, such as --streams {rungs}.");
        }
        Cure::Nearer { streams } => return format!("Measure nearer to it: --streams {streams}."),
        Cure::AskOnce => {
            "Let the subject open each stream once and none again: without retries, and without another request beside it."
        }
        Cure::OfferTheTool => {
            "Let agents offer the tool Bash, or leave --shape agent out: their streams are of text alone then."
        }
        Cure::SendThePrompt => {
            "Let each of its requests have a message of PROBE_PROMPT_CHARS characters; see probes/README.md."
        }
        Cure::PassThePromptOn => {
            "Let it pass on what its user asks, which stands in the place of {prompt} in --drive-body."
        }
        Cure::LookForAGate => "Look for a pool or a gate in the subject.",
        Cure::Settle { more_passes: true } => "Give it more repeats, or look for background work in the subject.",
        Cure::Settle { more_passes: false } => "Look for background work in the subject.",
        Cure::StopGrowth => {
            "Look for what an open stream adds to by itself (a timer, a log, a buffer), or measure at a --pace as slow as streams are."
        }
        Cure::NoExtrapolation => "Do not extrapolate; measure at the number you plan for.",
        Cure::PlannedNumber => "Measure at the number you plan for.",
        Cure::QuietMachine => "Something else on this machine changes; run again when it is quiet.",
        Cure::LessBusy { slower_pace: true } => {
            "The machine is busy; run again when it is quiet, or at a slower --pace."
        }
        Cure::LessBusy { slower_pace: false } => "The machine is busy; run again when it is quiet.",
        Cure::FewerEvents { slower_pace: true } => "Use a slower --pace or fewer streams.",
        Cure::FewerEvents { slower_pace: false } => "Use fewer streams.",
        Cure::SlowerPace => "Use a slower --pace.",
        Cure::AnswerCollect => {
            "It has to print 'collected' when a line 'collect' comes on its standard input; see probes/README.md."
        }
        Cure::NoSwap => "Turn swap off, or run where memory is not short.",
        Cure::HugePagesOnRequest => "Compare with /sys/kernel/mm/transparent_hugepage/enabled set to madvise.",
        Cure::Narrow { more_passes: true } => "Use more --repeats or a larger --streams.",
        Cure::Narrow { more_passes: false } => "Use a larger --streams.",
        Cure::TrustLargeDifferences => "This kernel's counters are approximate; trust differences above that.",
        Cure::Readable(reading) => readable(reading),
        Cure::PlanWithTheLarger => "Plan with the larger.",
        Cure::PlanWithThePeak => "Plan with the peak.",
        Cure::PlanWithTheBound => "Plan with what the streams need at most.",
        Cure::PlanWithTheCharge => "Plan with the charge.",
        Cure::StayInTheCgroup => {
            "Let every process stay in the cgroup that it is started in (/proc/PID/cgroup), and plan with what a limit was proved to hold."
        }
        Cure::ChargeSockets => {
            "Measure under cgroup version 2, which charges them, or let it talk to itself through a unix socket."
        }
        Cure::ReadTheCharge => "Measure where cgroups may be made, so that the charge is read.",
        Cure::ProveTheLimit => "probe prove shows what a limit holds.",
        Cure::FollowTheHolder => {
            "Run as root, or keep the subject in the foreground, as one user and in one network namespace."
        }
        Cure::StayUntilInputEnds => "Let it read its standard input to the end before it exits; see probes/README.md.",
        Cure::OpenAgain => {
            "Let it open PROBE_STREAMS streams again at each further line 'open' on its standard input; see probes/README.md."
        }
        Cure::PlanWithTheKilled => "Plan with what was killed, and look for a curve with more passes.",
        Cure::PlanWithTheSurvivors => "Plan with what lived, and look for a curve with more passes.",
        Cure::MendAndProveAgain => "Mend what they failed of, and prove again.",
        Cure::Finish => "Let it come to its end.",
    };
    fixed.to_owned()
}

/// How a reading comes to be given.
fn readable(reading: Reading) -> &'static str {
    match reading {
        Reading::SmapsRollup => {
            "Run as root, or as the subject's user where it lets itself be looked at (PR_SET_DUMPABLE), on Linux 5.9 or later."
        }
        Reading::HighWater => "Measure on another kernel, or leave more room above the plateau.",
        Reading::Sockets => {
            "Load the kernel's module (modprobe tcp_diag), or use a kernel that has it: 2.6 kB and the buffers of each connection \
             come on top of RSS."
        }
        Reading::ProcessorTime => "Measure on another kernel if you need it.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Tried;
    use crate::scenario::{Client, Ladder, Mode, Origin, Scenario, Series};

    #[test]
    fn what_was_tried_already_is_not_advised() {
        let series = vec![Series { client: Client::Reqwest, mode: Mode::Drop }];
        let usual = Scenario::new(series, Ladder::default());
        let all_passes = Scenario { repeats: Scenario::MOST_PASSES, ..usual.clone() };
        let real = Scenario { origin: Origin::Upstream { url: "https://example.org".to_owned() }, ..usual.clone() };
        let wide = Doubt::WideInterval { relative: 0.25, trials: None };
        let behind = Doubt::SubjectBehind { unread_bytes: 1024 };
        let unread =
            "The subject had not read 1.0 KiB when it was measured: what it holds depends on how far it was behind.";
        let late = Doubt::SamplerLate { p99_ms: 30.0 };
        for (scenario, doubt, text) in [
            (
                &usual,
                &wide,
                "The interval is 25 % of the slope to either side. Use more --repeats or a larger --streams.",
            ),
            (&all_passes, &wide, "The interval is 25 % of the slope to either side. Use a larger --streams."),
            (&usual, &behind, &format!("{unread} Use a slower --pace.")),
            (&real, &behind, unread),
            (
                &real,
                &late,
                "Samples came up to 30 ms late (99th percentile). The machine is busy; run again when it is quiet.",
            ),
        ] {
            assert_eq!(doubt_text(doubt, doubt.cure(Tried::of(scenario))), text);
        }
    }
}
