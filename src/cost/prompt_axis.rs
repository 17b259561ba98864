//! The third axis: memory against streams *and* prompts, by what came of them.

use super::plane::{Base, Plane, PlanePoint};
use super::quantity::Quantity;
use super::trial::TrialPoint;
use crate::fit::{Estimate, median};
use crate::run::Run;
use serde::{Deserialize, Serialize};

/// A request that is to have a prompt has no fewer bytes than this share of it: characters are bytes, and JSON adds to them.
const IS_THERE: f64 = 0.9;
/// Between requests with the shortest and the longest prompt there lies at least this share of what lies between the prompts: one that is the
/// same with both has neither.
const FOLLOWS: f64 = 0.1;

/// memory = base + N x (stream + kept x bytes of its request), fitted over prompts of several lengths on the *full* plateau, of the longest
/// streams. The base may rise with the prompt: what goes through one buffer is no stream's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PromptAxis {
    /// The process with no stream, bytes.
    #[serde(rename = "base_bytes")]
    pub base: Estimate,
    /// One more stream with all its text and without a prompt, bytes.
    #[serde(rename = "promptless_bytes_per_stream")]
    pub promptless: Estimate,
    /// Bytes kept for every byte of a prompt.
    #[serde(rename = "kept_bytes_per_prompt_byte")]
    pub kept: Estimate,
    /// Standard deviation of the trials about it, bytes.
    #[serde(rename = "residual_bytes")]
    #[cfg_attr(test, schemars(range(min = 0)))]
    pub residual_sd: f64,
    /// Trials in it.
    #[cfg_attr(test, schemars(range(min = 5)))]
    pub trials: usize,
    /// The lengths that were asked for, characters.
    #[cfg_attr(test, schemars(extend("minItems" = 2)))]
    pub chars: Vec<u32>,
}

impl PromptAxis {
    /// Of trials with the longest streams; `None` where prompts of one length only were measured.
    pub(super) fn fit(run: &Run, trials: &[TrialPoint]) -> Option<PromptAxis> {
        let point = |trial: &TrialPoint| {
            let (given, memory) = (trial.request_bytes?, trial.get(Quantity::Full)?);
            Some(PlanePoint { streams: f64::from(trial.streams), given, memory })
        };
        let longest = run.scenario.longest();
        let points: Vec<PlanePoint> = trials.iter().filter(|trial| trial.stream == longest).filter_map(point).collect();
        let page = run.environment.page_bytes as f64;
        let plane = Plane::fit(&points, Base::WithWhatIsGiven, page)?;
        // Where an allocator gives back at one number of streams and not at another, trials repeat that.
        let plane = match Plane::fit(&PlanePoint::medians(&points), Base::WithWhatIsGiven, page) {
            Some(of_medians) => plane.no_surer_than(&of_medians),
            None => plane,
        };
        let Plane { base, open: promptless, kept, residual_sd, trials } = plane;
        Some(PromptAxis { base, promptless, kept, residual_sd, trials, chars: run.scenario.prompt_chars.clone() })
    }
}

/// What came of the prompts that were asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prompts {
    /// Characters of the longest that was asked for.
    pub asked_chars: u32,
    /// Bytes of a request's body that was to have it.
    pub request_bytes: f64,
    /// Whether requests had the prompts that they were to have.
    pub are_there: bool,
}

impl Prompts {
    /// Of a series' trials; `None` where none were asked for, or nobody counted what came.
    pub(super) fn of(run: &Run, trials: &[TrialPoint]) -> Option<Prompts> {
        let of_prompt = |prompt: u32| {
            let of_it = trials.iter().filter(|trial| trial.prompt == prompt);
            median(&mut of_it.filter_map(|trial| trial.request_bytes).collect::<Vec<f64>>())
        };
        let longest = run.scenario.longest_prompt();
        let asked_chars = Some(run.scenario.prompt(longest)).filter(|chars| *chars > 0)?;
        let request_bytes = of_prompt(longest)?;
        let has = |prompt: u32, bytes: f64| bytes >= IS_THERE * f64::from(run.scenario.prompt(prompt));
        let all_have = (0..=longest).all(|prompt| of_prompt(prompt).is_none_or(|bytes| has(prompt, bytes)));
        let apart = f64::from(asked_chars) - f64::from(run.scenario.prompt(0));
        let follow = of_prompt(0).is_none_or(|bytes| (request_bytes - bytes).abs() >= FOLLOWS * apart);
        Some(Prompts { asked_chars, request_bytes, are_there: all_have && follow })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::{Analysis, Doubt, Length};
    use crate::report;
    use crate::run::Trial;
    use proptest::prelude::*;

    const RUN: &str = include_str!("../../output/gallery/24-streams/run.json");
    /// What is around a prompt in a request.
    const AROUND: u64 = 150;

    /// The gallery's run, and all its trials again with prompts of so many characters, of which requests have `sent`, each stream keeps a share,
    /// and the process one more whatever its streams.
    fn with_prompts(asked: u32, sent: u32, kept: f64, once: f64) -> Run {
        let mut run: Run = serde_json::from_str(RUN).unwrap();
        run.scenario.prompt_chars = vec![0, asked];
        let page = run.environment.page_bytes as f64;
        let again: Vec<Trial> = run.trials.clone();
        for (trial, prompt) in again.into_iter().flat_map(|trial| [(trial.clone(), 0), (trial, 1)]) {
            let bytes = if prompt == 0 { 0.0 } else { f64::from(sent) };
            let pages = (bytes * (kept * f64::from(trial.asked) + once) / page).round() as u32;
            let mut trial = Trial { prompt, ..trial };
            trial.simulator.opened = trial.asked;
            trial.simulator.request_bytes = Some(u64::from(trial.asked) * (AROUND + bytes as u64));
            trial.samples.rss_pages.iter_mut().for_each(|there| *there += pages);
            run.trials.push(trial);
        }
        run.trials.drain(..run.trials.len() / 3);
        run
    }

    #[test]
    fn what_is_kept_of_prompts_is_found_and_lines_are_of_one_prompt() {
        let whole = Analysis::of(&serde_json::from_str(RUN).unwrap()).unwrap();
        for kept in [0.0, 1.0, 2.0] {
            let run = with_prompts(360_000, 360_000, kept, 3.0);
            let analysis = Analysis::of(&run).unwrap();
            for (series, before) in analysis.series.iter().zip(&whole.series) {
                let axis = series.fitted.prompt_axis.as_ref().unwrap();
                assert!(axis.kept.low <= kept && kept <= axis.kept.high, "{kept}: {axis:?}");
                assert!((axis.kept.value - kept).abs() < 0.001, "{kept}: {axis:?}");
                // Both prompts have the same scatter, which is that of either.
                let per_stream = before.full().slope;
                assert!((axis.promptless.value / per_stream.value - 1.0).abs() < 0.03, "{axis:?}");
                let line = series.full();
                assert!((line.slope.value - per_stream.value - kept * 360_000.0).abs() < 200.0, "{line:?}");
                assert_eq!((line.n, series.fitted.trials.len()), (before.full().n, 10));
                assert_eq!(series.fitted.shorter.len(), 1);
                let shorter = &series.fitted.shorter[0];
                assert_eq!((shorter.length, &shorter.line), (Length::Prompt(0), before.full()));
                assert!(!series.doubts.iter().any(|doubt| matches!(doubt, Doubt::PromptsNotSent { .. })));
            }
        }
    }

    #[test]
    fn the_answer_says_it_everywhere() {
        let run = with_prompts(360_000, 360_000, 2.0, 0.0);
        let analysis = Analysis::of(&run).unwrap();
        let text = report::headlines(&run, &analysis).join(" ");
        assert!(text.contains("stream with a prompt of 360,000 characters costs 0.9"), "{text}");
        assert!(text.contains("For every byte of its prompt it keeps 2.00 (95 %:"), "{text}");
        let page = report::markdown(&run, &analysis);
        assert!(
            page.contains("kept per byte of prompt") && page.contains("prompts: none, 360,000 characters"),
            "{page}"
        );
        let cost = serde_json::to_value(report::cost(&run, &analysis)).unwrap();
        assert_eq!(cost["prompt_chars"], serde_json::json!([0, 360_000]));
        let series = &cost["series"][0];
        assert_eq!(series["kept_bytes_per_prompt_byte"], series["prompt_axis"]["kept_bytes_per_prompt_byte"]);
        assert!((series["kept_bytes_per_prompt_byte"]["value"].as_f64().unwrap() - 2.0).abs() < 0.001);
        assert_eq!(series["request_bytes_per_stream"], 360_150.0);
        let files = report::render(&run, &analysis).unwrap();
        let (_, csv) = files.iter().find(|(name, _)| name == "samples.csv").unwrap();
        let csv = String::from_utf8(csv.clone()).unwrap();
        assert!(csv.starts_with("sequence,") && csv.contains(",prompt_chars\n") && csv.contains(",360000\n"));
        let (_, picture) = files.iter().find(|(name, _)| name == "cost-line.svg").unwrap();
        assert!(String::from_utf8_lossy(picture).contains("no prompt"));
    }

    /// An allocator that gives back what it was sent through with many streams and not with few: measured of a program that keeps no prompt.
    #[test]
    fn what_an_allocator_does_is_not_taken_for_sure() {
        let (page, mib) = (4096.0, 1_048_576.0);
        let points: Vec<PlanePoint> = [
            (2.0, 150.0, 7.27),
            (12.0, 150.0, 7.45),
            (24.0, 150.0, 7.68),
            (2.0, 1e6, 10.1),
            (12.0, 1e6, 10.13),
            (24.0, 1e6, 7.68),
        ]
        .into_iter()
        .flat_map(|(streams, given, memory)| [(); 3].map(|()| PlanePoint { streams, given, memory: memory * mib }))
        .collect();
        let fit = |points: &[PlanePoint]| Plane::fit(points, Base::WithWhatIsGiven, page).unwrap();
        let of_trials = fit(&points).kept;
        assert!(of_trials.high < 0.0, "trials alone are sure of nonsense: {of_trials:?}");
        let kept = fit(&points).no_surer_than(&fit(&PlanePoint::medians(&points))).kept;
        assert!(kept.low < 0.0 && kept.high > 0.0 && kept.value == of_trials.value, "{kept:?}");
    }

    /// What is kept of a prompt that did not come is nothing that could be known, and surely not nothing.
    #[test]
    fn prompts_that_did_not_come_are_doubted_and_give_no_number() {
        for (sent, request) in [(0, "150 bytes"), (3000, "3,150 bytes"), (300_000, "300,150 bytes")] {
            let run = with_prompts(360_000, sent, 1.0, 0.0);
            let analysis = Analysis::of(&run).unwrap();
            let series = &analysis.series[0];
            assert!(series.fitted.prompt_axis.is_none() && series.fitted.shorter.is_empty(), "{sent}");
            let (doubt, cure) =
                series.cures().find(|(doubt, _)| matches!(doubt, Doubt::PromptsNotSent { .. })).unwrap();
            let said = report::doubt_text(doubt, cure);
            assert!(
                said.contains(&format!("requests of {request} came")) && said.contains("PROBE_PROMPT_CHARS"),
                "{said}"
            );
            let cost = serde_json::to_value(report::cost(&run, &analysis)).unwrap();
            assert!(cost["series"][0]["kept_bytes_per_prompt_byte"].is_null());
            let text = report::headlines(&run, &analysis).join(" ");
            assert!(!text.contains("prompt"), "{text}");
        }
        // A program whose own requests are larger than any prompt, and always the same.
        let mut run = with_prompts(360_000, 0, 0.0, 0.0);
        run.trials.iter_mut().for_each(|trial| trial.simulator.request_bytes = Some(u64::from(trial.asked) * 500_000));
        let fitted = &Analysis::of(&run).unwrap().series[0].fitted;
        assert!(fitted.prompts.is_some_and(|prompts| !prompts.are_there) && fitted.prompt_axis.is_none());
    }

    #[test]
    fn a_record_from_before_requests_were_counted_says_nothing_of_them() {
        let run: Run = serde_json::from_str(RUN).unwrap();
        let analysis = Analysis::of(&run).unwrap();
        let cost = serde_json::to_value(report::cost(&run, &analysis)).unwrap();
        for name in ["kept_bytes_per_prompt_byte", "request_bytes_per_stream", "prompt_axis"] {
            assert!(cost["series"][0][name].is_null() && cost["series"][0].get(name).is_some(), "{name}");
        }
        assert!(analysis.series.iter().all(|series| series.fitted.prompts.is_none()));
        // A single prompt is no axis, and what was asked is told.
        let mut one = with_prompts(360_000, 360_000, 1.0, 0.0);
        one.trials.retain(|trial| trial.prompt == 1);
        one.trials.iter_mut().for_each(|trial| trial.prompt = 0);
        one.scenario.prompt_chars = vec![360_000];
        let analysis = Analysis::of(&one).unwrap();
        assert!(analysis.series[0].fitted.prompt_axis.is_none());
        assert!(report::headline(&analysis.series[0]).contains("with a prompt of 360,000 characters"));
        one.trials[0].prompt = 1;
        assert_eq!(one.contradiction().as_deref(), Some("trial 0 is of prompt 1, which there is not"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn whatever_is_kept_is_found(kept in 0.0..6.0_f64, once in 0.0..4.0_f64, chars in 20_000..3_000_000_u32) {
            let analysis = Analysis::of(&with_prompts(chars, chars, kept, once)).unwrap();
            for series in &analysis.series {
                let axis = series.fitted.prompt_axis.as_ref().unwrap();
                // A page in twenty streams is what rounding may do to a byte of such a prompt.
                let page = 4096.0 / 20.0 / f64::from(chars);
                prop_assert!((axis.kept.value - kept).abs() < 0.001 + page, "{:?}", axis);
                prop_assert!(axis.kept.low <= kept + page && kept - page <= axis.kept.high, "{:?}", axis);
            }
        }
    }
}
