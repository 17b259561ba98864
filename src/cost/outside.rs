//! Which doubts there are about memory that resident memory does not tell, or tells too much of: what only a charge has, or nobody reads.

use super::container::ContainerSource;
use super::curved::STEP_BYTES;
use super::doubt::{ChargePart, Doubt};
use super::fitted::Fitted;
use super::quantity::Quantity;
use super::shares::{MOMENT_SHARE, PEAK_SHARE};
use crate::fit::{Estimate, Line, Point};
use crate::run::{Phase, Plateau, Run, Trial};

/// What a stream has that is of no consequence, bytes.
const LEAST_MATTER: f64 = 16_384.0;

/// All of them about one series; `trials` are those that its lines are of.
pub(super) fn of(run: &Run, fitted: &Fitted, trials: &[&Trial]) -> impl Iterator<Item = Doubt> {
    let all = [
        charge_above(fitted, trials),
        charge_below(fitted),
        lazily_freed(fitted),
        memory_files_unseen(fitted, trials),
        own_memory_files_for_a_moment(fitted, trials),
        memory_files_for_a_moment(run, fitted, trials),
        channels_unseen(fitted, trials),
        own_tcp_unseen(fitted, trials),
        ended_unseen(run, fitted, trials),
        moment_is_a_sum(fitted),
    ];
    all.into_iter().flatten()
}

fn charge_above(fitted: &Fitted, trials: &[&Trial]) -> Option<Doubt> {
    let charge = fitted.lines.get(Quantity::Container).filter(|_| fitted.leading() == Quantity::Container)?;
    let with_most = trials.iter().filter_map(|trial| trial.plateau(Phase::Full)).max_by_key(|full| full.streams)?;
    let memory = with_most.container?;
    let anonymous = with_most.smaps.map_or(0, |smaps| smaps.pss_anonymous_bytes);
    let parts = [
        (memory.shmem_bytes, ChargePart::MemoryFiles),
        (memory.unreclaimable_bytes() - memory.shmem_bytes - memory.anonymous_bytes, ChargePart::Kernel),
        (memory.anonymous_bytes.saturating_sub(anonymous), ChargePart::OtherProcesses),
    ];
    let (_, part) = parts.into_iter().max_by_key(|(bytes, _)| *bytes)?;
    Some(Doubt::ChargeAbove {
        charge_bytes_per_stream: charge.slope.value,
        resident_bytes_per_stream: fitted.lines.full().slope.value,
        part,
    })
}

/// An estimate of the charge is made of resident memory.
fn charge_below(fitted: &Fitted) -> Option<Doubt> {
    let most = f64::from(fitted.streams_max);
    let is_read = fitted.container_source != ContainerSource::Estimated;
    let (charge, anonymous) = fitted.lines.charge_and_more_anonymous(most, lazy_free(fitted)).filter(|_| is_read)?;
    Some(Doubt::ChargeBelow {
        charge_bytes_per_stream: charge.slope.value,
        anonymous_bytes_per_stream: anonymous.slope.value,
        charge_bytes: charge.at(most),
        anonymous_bytes: anonymous.at(most),
    })
}

/// The most pages with all streams that were given back, bytes.
fn lazy_free(fitted: &Fitted) -> f64 {
    let with_most = fitted.trials.iter().filter(|trial| trial.streams == fitted.streams_max);
    with_most.map(|trial| trial.lazy_free).fold(0.0, f64::max)
}

/// Where resident memory has so much of it that the two answers, what is resident and what kills, are not of the same.
fn lazily_freed(fitted: &Fitted) -> Option<Doubt> {
    let bytes = lazy_free(fitted);
    let matters = bytes > PEAK_SHARE * fitted.lines.full().at(f64::from(fitted.streams_max));
    matters.then_some(Doubt::LazilyFreed { bytes, streams: fitted.streams_max })
}

/// The slope of a number of a trial over its streams.
fn slope_of(trials: &[&Trial], number: impl Fn(&Trial, &Plateau) -> Option<f64>) -> Option<Estimate> {
    Some(line_of(trials, number)?.slope)
}

fn line_of(trials: &[&Trial], number: impl Fn(&Trial, &Plateau) -> Option<f64>) -> Option<Line> {
    let point = |trial: &Trial| {
        let full = trial.plateau(Phase::Full)?;
        Some(Point { x: f64::from(full.streams), y: number(trial, full)? })
    };
    let points: Vec<Point> = trials.iter().filter_map(|trial| point(trial)).collect();
    Line::fit(&points).ok()
}

fn is_unread(fitted: &Fitted) -> bool {
    fitted.container_source == ContainerSource::Estimated
}

/// By the files that the program has open, or else by the machine's own number, which is of everybody's: it has to be sure and to matter.
fn memory_files_unseen(fitted: &Fitted, trials: &[&Trial]) -> Option<Doubt> {
    let least = PEAK_SHARE * fitted.lines.full().slope.value.max(LEAST_MATTER);
    let matters = |slope: &Estimate| slope.low > 0.0 && slope.value > least;
    let own = slope_of(trials, |_, full| Some(full.own_memory_files_bytes? as f64)).filter(matters);
    let slope = own.or(slope_of(trials, |_, full| Some(full.memory_files_bytes? as f64)).filter(matters))?;
    is_unread(fitted).then_some(Doubt::MemoryFilesUnseen { bytes_per_stream: slope.value, are_counted: own.is_some() })
}

/// Files in memory of its own that were more at one moment than with all text received, bytes.
fn own_files_beyond(trial: &Trial) -> Option<u64> {
    let most = trial.beside.as_ref()?.memory_files_bytes.iter().copied().max()?;
    Some(most.saturating_sub(trial.plateau(Phase::Full)?.own_memory_files_bytes?))
}

/// They are in what was seen.
fn own_memory_files_for_a_moment(fitted: &Fitted, trials: &[&Trial]) -> Option<Doubt> {
    let with_most =
        trials.iter().filter(|trial| trial.plateau(Phase::Full).is_some_and(|full| full.streams == fitted.streams_max));
    let bytes = with_most.filter_map(|trial| own_files_beyond(trial)).max()? as f64;
    let matters = bytes > (MOMENT_SHARE * fitted.lines.full().at(f64::from(fitted.streams_max))).max(STEP_BYTES);
    (is_unread(fitted) && matters).then_some(Doubt::MemoryFilesForAMoment { bytes, are_counted: true })
}

/// The machine's own number is of everybody's: it has to rise in every trial, or surely with the streams, beyond what resident memory and
/// the program's own files have of it, and to matter.
fn memory_files_for_a_moment(run: &Run, fitted: &Fitted, trials: &[&Trial]) -> Option<Doubt> {
    let beyond = |trial: &Trial, full: &Plateau| {
        let risen = trial.beside.as_ref()?.machine_highest_bytes?.saturating_sub(full.memory_files_bytes?);
        let known = own_files_beyond(trial).unwrap_or(0) + shared_beyond(run, trial, full);
        Some(risen.saturating_sub(known) as f64)
    };
    let most = f64::from(fitted.streams_max);
    let least = PEAK_SHARE * fitted.lines.full().at(most);
    let by_slope = line_of(trials, beyond).filter(|line| line.slope.low > 0.0).map(|line| line.slope.value * most);
    let each = trials.iter().map(|trial| beyond(trial, trial.plateau(Phase::Full)?));
    let in_every = each.collect::<Option<Vec<f64>>>().and_then(|each| each.into_iter().reduce(f64::min));
    let bytes = [by_slope, in_every].into_iter().flatten().fold(0.0, f64::max);
    (is_unread(fitted) && bytes > least).then_some(Doubt::MemoryFilesForAMoment { bytes, are_counted: false })
}

/// Resident pages of files, shared memory among them, that were more at one moment than with all text received, bytes.
fn shared_beyond(run: &Run, trial: &Trial, full: &Plateau) -> u64 {
    let samples = &trial.samples;
    let sampled = samples.at_ms.iter().zip(samples.rss_pages.iter().zip(&samples.anonymous_pages));
    let shared = sampled.map(|(at_ms, (resident, anonymous))| (u64::from(*at_ms), resident.saturating_sub(*anonymous)));
    let most = shared.clone().map(|(_, pages)| pages).max().unwrap_or(0);
    let on_full = shared.filter(|(at_ms, _)| (full.from_ms..=full.to_ms).contains(at_ms)).map(|(_, pages)| pages).max();
    u64::from(most.saturating_sub(on_full.unwrap_or(0))) * run.environment.page_bytes
}

/// On the plateau with all text, or at any moment.
fn channels_unseen(fitted: &Fitted, trials: &[&Trial]) -> Option<Doubt> {
    let matters = |slope: &Estimate| slope.low > 0.0 && slope.value >= 0.5;
    let on_full = slope_of(trials, |_, full| full.channels.map(f64::from));
    let at_most = slope_of(trials, |trial, _| trial.beside.as_ref()?.channels_highest.map(f64::from));
    let slope = [on_full, at_most].into_iter().flatten().filter(matters).map(|slope| slope.value).reduce(f64::max)?;
    is_unread(fitted).then_some(Doubt::ChannelsUnseen { per_stream: slope })
}

/// The first version of cgroups charges no buffers of TCP, and an estimate has those of the streams alone.
fn own_tcp_unseen(fitted: &Fitted, trials: &[&Trial]) -> Option<Doubt> {
    let slope = slope_of(trials, |_, full| full.channels_tcp.map(f64::from))?;
    let unread = fitted.container_source != ContainerSource::CgroupV2;
    (unread && slope.low > 0.0 && slope.value >= 0.5).then_some(Doubt::OwnTcpUnseen { per_stream: slope.value })
}

/// What processes took that had gone, where it is more than the most that was seen beyond the plateau, and would matter.
fn ended_unseen(run: &Run, fitted: &Fitted, trials: &[&Trial]) -> Option<Doubt> {
    let pages = trials.iter().filter_map(|trial| trial.plateau(Phase::Full)?.faults_of_ended).max()?;
    let bytes = pages as f64 * run.environment.page_bytes as f64;
    let needed = fitted.needs_at_most(f64::from(fitted.streams_max));
    let seen_beyond = needed - fitted.lines.full().at(f64::from(fitted.streams_max));
    let matters = bytes > PEAK_SHARE * needed && bytes > seen_beyond;
    (is_unread(fitted) && matters).then_some(Doubt::EndedUnseen { bytes })
}

/// Where what is needed at most goes by such a sum, and would be clearly less without it.
fn moment_is_a_sum(fitted: &Fitted) -> Option<Doubt> {
    let summed = fitted.trials.iter().filter_map(|trial| trial.summed);
    let most = summed.reduce(|most, other| if other.bytes > most.bytes { other } else { most })?;
    let plateau = fitted.lines.full().at(f64::from(fitted.streams_max));
    let matters = most.bytes > (1.0 + PEAK_SHARE) * plateau.max(most.at_once_bytes);
    matters.then_some(Doubt::MomentIsASum { bytes: most.bytes, at_once_bytes: most.at_once_bytes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Analysis;
    use crate::run::Beside;

    const IN_CGROUPS: &str = include_str!("../../output/gallery/litellm/run.json");

    /// Which of the doubts about what a cgroup and the kernel tell there are, by their names, when *full* plateaus are changed so.
    fn of_plateaus(change: impl Fn(&mut Plateau)) -> Vec<&'static str> {
        let mut run: Run = serde_json::from_str(IN_CGROUPS).unwrap();
        let records = run.trials.iter_mut().flat_map(|trial| &mut trial.phases);
        let full = records.filter(|record| record.phase == Phase::Full);
        full.filter_map(|record| record.plateau.as_mut()).for_each(change);
        let series = Analysis::of(&run).unwrap().series.remove(0);
        let name = |doubt: &Doubt| match doubt {
            Doubt::ChargeBelow { .. } => Some("charge below"),
            Doubt::NothingResident { .. } => Some("nothing resident"),
            Doubt::OwnTcpUnseen { .. } => Some("own TCP"),
            _ => None,
        };
        series.doubts.iter().filter_map(name).collect()
    }

    #[test]
    fn anonymous_memory_that_no_cgroup_is_charged_for() {
        assert_eq!(of_plateaus(|_| {}), [""; 0]);
        // All of it elsewhere, and half of it counted twice.
        for left in [0, 2] {
            let kept = |bytes: u64| bytes.checked_div(left).unwrap_or(0);
            let outside = |plateau: &mut Plateau| {
                let container = plateau.container.as_mut().unwrap();
                container.anonymous_bytes = kept(container.anonymous_bytes);
                container.kernel_bytes = kept(container.kernel_bytes);
            };
            assert_eq!(of_plateaus(outside), ["charge below"], "{left}");
        }
    }

    #[test]
    fn streams_without_memory() {
        let none = |plateau: &mut Plateau| {
            (plateau.smaps, plateau.counted_once_bytes, plateau.statm_beside_bytes) = (None, None, 0);
        };
        assert_eq!(of_plateaus(none), ["nothing resident"]);
    }

    #[test]
    fn connections_of_a_subject_to_itself_are_charged_in_version_2_alone() {
        let own = |plateau: &mut Plateau| plateau.channels_tcp = Some(7 + 2 * plateau.streams);
        assert_eq!(of_plateaus(own), ["own TCP"]);
        let version_2 = |plateau: &mut Plateau| {
            own(plateau);
            plateau.container.as_mut().unwrap().version = crate::reading::cgroup::Version::V2;
        };
        assert_eq!(of_plateaus(version_2), [""; 0]);
        assert_eq!(of_plateaus(|plateau| plateau.channels_tcp = Some(7)), [""; 0]);
    }

    /// Trials of a run without cgroups, one process each, whose plateaus with 24 streams are of 10 MiB, when they are changed so.
    fn unread(change: impl Fn(&mut Trial)) -> (Vec<Doubt>, f64) {
        let mut run: Run = serde_json::from_str(include_str!("../../output/gallery/24-streams/run.json")).unwrap();
        run.trials.iter_mut().for_each(change);
        let series = Analysis::of(&run).unwrap().series.remove(0);
        let needs = series.fitted.needs_at_most(24.0);
        (series.doubts, needs)
    }

    fn mebibytes(number: f64) -> u64 {
        (number * 1_048_576.0) as u64
    }

    /// The middle of the phase in which streams end.
    fn at_end(trial: &Trial) -> u32 {
        let ends = trial.phase(Phase::Released).unwrap();
        u64::midpoint(ends.begun_ms, ends.ended_ms) as u32
    }

    /// Files in memory of its own for a moment while streams end: so many bytes.
    fn files_for_a_moment(bytes: impl Fn(&Trial) -> u64) -> impl Fn(&mut Trial) {
        move |trial| {
            let at = at_end(trial);
            let (at_ms, memory_files_bytes) = (vec![at, at + 1], vec![bytes(trial), 0]);
            trial.beside = Some(Beside { at_ms, memory_files_bytes, lazy_free_bytes: vec![0, 0], ..Beside::default() });
            let full = trial.phases.iter_mut().find(|record| record.phase == Phase::Full).unwrap();
            full.plateau.as_mut().unwrap().own_memory_files_bytes = Some(0);
        }
    }

    #[test]
    fn own_files_of_a_moment_are_seen_and_told() {
        let (before, without) = unread(|_| {});
        let (doubts, needs) = unread(files_for_a_moment(|trial| u64::from(trial.asked) * mebibytes(1.0)));
        assert!(!before.iter().any(|doubt| matches!(doubt, Doubt::MemoryFilesForAMoment { .. })));
        assert!(needs - without > 0.95 * mebibytes(24.0) as f64, "{needs} {without}");
        let told = |doubt: &Doubt| matches!(doubt, Doubt::MemoryFilesForAMoment { bytes, are_counted: true } if *bytes == mebibytes(24.0) as f64);
        assert!(doubts.iter().any(told), "{doubts:?}");
        // As much whatever the number of streams is seen too.
        let (doubts, needs) = unread(files_for_a_moment(|_| mebibytes(30.0)));
        assert!(needs > without + 0.9 * mebibytes(30.0) as f64 && doubts.len() > before.len(), "{needs}");
        let (doubts, _) = unread(files_for_a_moment(|_| 8192));
        assert_eq!(doubts, before);
    }

    /// The machine's number, of so many bytes beyond what it was with all text.
    fn machine_for_a_moment(bytes: impl Fn(&Trial) -> u64, shared_pages: u32) -> Vec<Doubt> {
        let (doubts, _) = unread(|trial| {
            trial.beside =
                Some(Beside { machine_highest_bytes: Some(mebibytes(50.0) + bytes(trial)), ..Beside::default() });
            let at = at_end(trial);
            let place = trial.samples.at_ms.partition_point(|at_ms| *at_ms < at);
            trial.samples.rss_pages[place] += shared_pages;
            let full = trial.phases.iter_mut().find(|record| record.phase == Phase::Full).unwrap();
            full.plateau.as_mut().unwrap().memory_files_bytes = Some(mebibytes(50.0));
        });
        doubts.into_iter().filter(|doubt| matches!(doubt, Doubt::MemoryFilesForAMoment { .. })).collect()
    }

    #[test]
    fn what_the_machine_had_for_a_moment_is_doubted_where_it_is_no_chance() {
        let told = machine_for_a_moment(|trial| u64::from(trial.asked) * mebibytes(1.0), 0);
        assert!(matches!(told[..], [Doubt::MemoryFilesForAMoment { are_counted: false, .. }]), "{told:?}");
        assert_eq!(machine_for_a_moment(|_| mebibytes(20.0), 0).len(), 1);
        // Somebody else's, in some of the trials.
        assert_eq!(machine_for_a_moment(|trial| if trial.sequence % 4 == 0 { mebibytes(20.0) } else { 0 }, 0), []);
        assert_eq!(machine_for_a_moment(|_| mebibytes(0.5), 0), []);
        // Shared memory that resident memory has.
        assert_eq!(machine_for_a_moment(|_| mebibytes(20.0), 5200), []);
    }

    #[test]
    fn channels_of_a_moment_are_told() {
        let (doubts, _) = unread(|trial| {
            trial.beside = Some(Beside { channels_highest: Some(3 + 2 * trial.asked), ..Beside::default() });
        });
        assert!(doubts.iter().any(|doubt| matches!(doubt, Doubt::ChannelsUnseen { per_stream } if *per_stream > 1.9)));
    }

    /// Twelve forks of one process share what it has.
    #[test]
    fn a_sum_over_processes_of_a_moment_is_called_one() {
        let forked = |times: u32| {
            move |trial: &mut Trial| {
                let at = at_end(trial);
                let place = trial.samples.at_ms.partition_point(|at_ms| *at_ms < at);
                let high = trial.samples.rss_pages.iter().copied().max().unwrap();
                trial.high_water_of_one_bytes = Some(u64::from(high) * 4096);
                trial.samples.rss_pages[place] = high * times;
            }
        };
        let of = |times| unread(forked(times)).0.into_iter().find(|doubt| matches!(doubt, Doubt::MomentIsASum { .. }));
        assert_eq!(of(1), None);
        let Some(Doubt::MomentIsASum { bytes, at_once_bytes }) = of(12) else { panic!("it is no moment's") };
        assert!((bytes / at_once_bytes - 12.0).abs() < 0.2, "{bytes} {at_once_bytes}");
        // What one process had by itself is no sum.
        let (doubts, _) = unread(|trial| trial.high_water_of_one_bytes = Some(mebibytes(99.0)));
        assert!(!doubts.iter().any(|doubt| matches!(doubt, Doubt::MomentIsASum { .. })));
    }

    /// Half of what is anonymous has been given back with all text received, since then or since before memory was at its highest.
    fn given_back(before_highest: bool) -> (Line, Line, f64, Vec<Doubt>) {
        let mut run: Run = serde_json::from_str(IN_CGROUPS).unwrap();
        for trial in &mut run.trials {
            let full = trial.phases.iter_mut().find(|record| record.phase == Phase::Full).unwrap();
            let smaps = full.plateau.as_mut().unwrap().smaps.as_mut().unwrap();
            smaps.lazy_free_bytes = smaps.anonymous_bytes / 2;
            let begun_ms = if before_highest { 0 } else { full.begun_ms as u32 };
            let (at_ms, lazy_free_bytes) = (vec![begun_ms], vec![smaps.lazy_free_bytes]);
            trial.beside = Some(Beside { at_ms, lazy_free_bytes, memory_files_bytes: vec![0], ..Beside::default() });
            if !before_highest {
                let at = trial.samples.at_ms.partition_point(|at_ms| *at_ms < begun_ms) - 1;
                trial.samples.rss_pages[at] = 1 << 20;
            }
        }
        let series = Analysis::of(&run).unwrap().series.remove(0);
        let line = |quantity| *series.line(quantity).unwrap();
        let most = f64::from(series.fitted.streams_max);
        (
            line(Quantity::Container),
            line(Quantity::ContainerPeak),
            series.fitted.bound().seen_until(most),
            series.doubts,
        )
    }

    #[test]
    fn what_was_given_back_kills_nobody_and_was_seen() {
        let run: Run = serde_json::from_str(IN_CGROUPS).unwrap();
        let was = Analysis::of(&run).unwrap().series.remove(0);
        let most = f64::from(was.fitted.streams_max);
        let at = |quantity| was.line(quantity).unwrap().at(most);
        let (charge, peak, seen, doubts) = given_back(true);
        assert!(charge.at(most) < 0.6 * at(Quantity::Container), "{}", charge.at(most));
        assert!(peak.at(most) < 0.75 * at(Quantity::ContainerPeak), "{}", peak.at(most));
        assert_eq!(seen, was.fitted.bound().seen_until(most));
        assert!(doubts.iter().any(|doubt| matches!(doubt, Doubt::LazilyFreed { .. })));
        assert!(!doubts.iter().any(|doubt| matches!(doubt, Doubt::ChargeBelow { .. })), "{doubts:?}");
        // What was in use when memory was at its highest would have been killed for.
        let (_, peak, _, _) = given_back(false);
        assert!((peak.at(most) / at(Quantity::ContainerPeak) - 1.0).abs() < 0.01, "{}", peak.at(most));
    }
}
