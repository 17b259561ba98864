//! What must hold for any numbers: every formula rises with each of its inputs, and no unit of time is special.

use proptest::prelude::*;
use stream_probe::plan::formula::{
    arrival_rate, concurrency, effective_rate, headroom, queue_depth, slot_time, whole_up,
};
use stream_probe::plan::{Band, Price, PriceBook, Sizing, Verdict, file};

/// As far apart as two orders of multiplication may be.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

fn sizing(text: &str) -> Sizing {
    Sizing::of(&file::read(text, None).unwrap())
}

proptest! {
    #[test]
    fn effective_rate_rises(arrival in 1e-3..1e3f64, retry in 0.0..2.0f64, headroom in 1.0..3.0f64, more in 1.0..2.0f64) {
        let at = effective_rate(arrival, retry, headroom);
        prop_assert!(at >= arrival);
        prop_assert!(effective_rate(arrival * more, retry, headroom) >= at);
        prop_assert!(effective_rate(arrival, retry * more, headroom) >= at);
        prop_assert!(effective_rate(arrival, retry, headroom * more) >= at);
    }

    #[test]
    fn concurrency_and_queue_rise_and_cover(rate in 1e-3..1e3f64, time in 1e-2..1e4f64, more in 1.0..2.0f64) {
        for formula in [concurrency, queue_depth] {
            let at = formula(rate, time);
            prop_assert!(formula(rate * more, time) >= at);
            prop_assert!(formula(rate, time * more) >= at);
            prop_assert!(at.fract() == 0.0 && at >= rate * time * (1.0 - 1e-9) && at < rate * time + 1.0);
        }
    }

    #[test]
    fn no_unit_of_time_is_special(tasks in 1.0..1e4f64, window in 1.0..1e5f64, time in 0.1..1e4f64, unit in 1e-3..1e3f64) {
        let (here, there) = (arrival_rate(tasks, window), arrival_rate(tasks, window * unit));
        prop_assert!(near(here, there * unit));
        // Where the product is not at a step, rounding up gives the same too.
        let product = here * time;
        prop_assume!((product - product.round()).abs() > 1e-6 * product);
        prop_assert_eq!(concurrency(here, time), concurrency(there, time * unit));
        prop_assert!(near(slot_time(time, 0.1, time * 3.0) * unit, slot_time(time * unit, 0.1, time * 3.0 * unit)));
        prop_assert!(near(headroom(3.0 * window / time), headroom(3.0 * window * unit / (time * unit))));
    }

    #[test]
    fn slot_time_lies_between(duration in 0.1..1e3f64, hung in 0.0..1.0f64, longer in 1.0..50.0f64, more in 0.0..1.0f64) {
        let timeout = duration * longer;
        let at = slot_time(duration, hung, timeout);
        prop_assert!(at >= duration * (1.0 - 1e-12) && at <= timeout * (1.0 + 1e-12));
        prop_assert!(slot_time(duration, hung + (1.0 - hung) * more, timeout) >= at * (1.0 - 1e-12));
        prop_assert!(slot_time(duration, hung, timeout * (1.0 + more)) >= at);
    }

    #[test]
    fn headroom_rises_within_its_ends(a in 0.0..30.0f64, b in 0.0..30.0f64) {
        let (low, high) = (headroom(a.min(b)), headroom(a.max(b)));
        prop_assert!((1.5..=2.0).contains(&low) && low <= high && high <= 2.0);
    }

    #[test]
    fn whole_up_is_the_next_whole(value in 0.0..1e9f64) {
        let up = whole_up(value);
        prop_assert!(up.fract() == 0.0 && up > value - 1.0 && up < value + 1.0);
        prop_assert_eq!(whole_up(up), up);
        prop_assert_eq!(whole_up(up * (1.0 + 2.0 * f64::EPSILON)), up, "rounding does not cost a stream");
    }

    #[test]
    fn verdicts_get_worse(a in 0.0..3.0f64, b in 0.0..3.0f64) {
        prop_assert!(Verdict::of(a.min(b)) <= Verdict::of(a.max(b)));
    }

    #[test]
    fn bands_stay_in_order(low in 0.0..10.0f64, up in 0.0..10.0f64, further in 0.0..10.0f64, factor in 0.0..10.0f64) {
        let band = Band { low, likely: low + up, high: low + up + further };
        for other in [band.times(factor), band.plus(Band::exact(factor)), band.with(band, |a, b| a * b)] {
            prop_assert!(other.low <= other.likely && other.likely <= other.high);
        }
    }

    #[test]
    fn a_request_costs_more_with_more_tokens(input in 0.0..1e6f64, output in 0.0..1e5f64, more in 1.0..3.0f64, cached in 0.0..1.0f64) {
        let price = Price { input: 3.0, cache_read: 0.3, output: 15.0 };
        let at = price.of_request(input, cached, output);
        prop_assert!(price.of_request(input * more, cached, output) >= at);
        prop_assert!(price.of_request(input, cached, output * more) >= at);
        prop_assert!(price.of_request(input, 0.0, output) >= at);
        for model in PriceBook::embedded().models.iter().flat_map(|entry| &entry.names) {
            let usd = |tokens: f64| PriceBook::embedded().price(model, tokens).unwrap().of_request(tokens, 0.0, output);
            prop_assert!(usd(input * more) >= usd(input), "{}", model);
        }
    }

    /// The whole sizing, through the plan file: every number rises with what arrives and how long it stays.
    #[test]
    fn a_sizing_rises_with_its_traffic(arrival in 0.01..50.0f64, duration in 0.5..300.0f64, more in 1.0..3.0f64) {
        let text = |arrival: f64, duration: f64| format!(
            "[[workload]]\narrival = {arrival:?}\nduration = {duration:?}\nretry = \"8%\"\nwait = 30\ninput_tokens = 1000\n\
             output_tokens = 500\nmodel = \"claude-sonnet-5\"\n[account]\ntier = \"start\"\n[process]\nmemory_limit = \"1GiB\"\n\
             [memory]\nbase = \"50MiB +- 5MiB\"\nper_stream = \"1MiB +- 20%\"\n");
        let at = sizing(&text(arrival, duration));
        for larger in [sizing(&text(arrival * more, duration)), sizing(&text(arrival, duration * more))] {
            for (one, other) in at.together.limits.iter().zip(&larger.together.limits) {
                prop_assert!(other.used.low >= one.used.low * (1.0 - 1e-12), "{}", one.name());
                prop_assert!(other.used.likely >= one.used.likely * (1.0 - 1e-12), "{}", one.name());
                prop_assert!(other.used.high >= one.used.high * (1.0 - 1e-12), "{}", one.name());
            }
        }
    }

    /// Arrivals per minute, times in minutes: the same plan.
    #[test]
    fn units_of_the_file_do_not_matter(per_minute in 1..3000u32, tenths in 1..3000u32) {
        let seconds = f64::from(tenths) / 10.0;
        let in_minutes = format!("[[workload]]\narrival = \"{per_minute}/min\"\nduration = \"{}ms\"\n", tenths * 100);
        let in_seconds = format!("[[workload]]\narrival = {:?}\nduration = {seconds:?}\n", f64::from(per_minute) / 60.0);
        let windowed = format!("[[workload]]\ntasks = {per_minute}\nwindow = \"1min\"\nduration = {seconds:?}\n");
        let concurrency = |text: &str| sizing(text).workloads[0].concurrency;
        prop_assert_eq!(concurrency(&in_minutes), concurrency(&in_seconds));
        prop_assert_eq!(concurrency(&in_minutes), concurrency(&windowed));
    }
}
