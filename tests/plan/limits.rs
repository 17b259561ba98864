//! Limits and prices: what the tables say, which models share a pool, what the user's own word changes, and when a table is old.

use jiff::civil::date;
use stream_probe::plan::{
    Contradiction, LimitBook, LimitUse, Plan, PlanDoubt, PoolName, PriceBook, Resource, Verdict, cost_line, file,
};

fn plan(text: &str) -> Plan {
    Plan::of(file::read(text, None).unwrap_or_else(|error| panic!("{error}")), date(2026, 11, 1))
}

/// What a reader sees, whatever the width of the terminal.
fn words(plan: &Plan) -> String {
    stream_probe::report::plan::text(plan).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn workload(name: &str, model: &str) -> String {
    format!(
        "[[workload]]\nname = \"{name}\"\nmodel = \"{model}\"\narrival = 1\nduration = 10\nheadroom = 1\ninput_tokens = 1000\noutput_tokens = 100\n"
    )
}

fn limit<'a>(limits: &'a [LimitUse], resource: Resource, pool: &str) -> &'a LimitUse {
    let found = limits
        .iter()
        .find(|limit| limit.resource == resource && limit.pool.as_ref().and_then(PoolName::name) == Some(pool));
    found.unwrap_or_else(|| panic!("no {resource:?} of {pool} in {limits:#?}"))
}

/// Spot checks against the sources that the tables name.
#[test]
fn the_tables_say_what_their_sources_say() {
    let book = LimitBook::embedded();
    for (tier, model, rpm, itpm, otpm) in [
        ("start", "claude-fable-5", 1e3, 5e5, 1e5),
        ("scale", "claude-fable-5-1", 4e3, 4e6, 8e5),
        ("start", "claude-opus-4-8", 1e3, 2e6, 4e5),
        ("build", "claude-sonnet-4-5-20250929", 5e3, 5e6, 1e6),
        ("scale", "claude-haiku-4-5", 1e4, 1e7, 2e6),
        ("legacy/tier-1", "claude-opus-4-5", 50.0, 3e4, 8e3),
        ("legacy/tier-1", "claude-haiku-4-5", 50.0, 5e4, 1e4),
        ("legacy/tier-2", "claude-sonnet-4-6", 1e3, 4.5e5, 9e4),
        ("legacy/tier-3", "claude-haiku-4-5", 2e3, 1e6, 2e5),
        ("legacy/tier-4", "claude-haiku-4-5", 4e3, 4e6, 8e5),
    ] {
        let row = book.tier(tier).unwrap().row(model).unwrap();
        assert_eq!(
            (row.allowance.rpm, row.allowance.itpm, row.allowance.otpm),
            (Some(rpm), Some(itpm), Some(otpm)),
            "{tier} {model}"
        );
    }
    assert_eq!(book.tier("guide").unwrap().row("whatever").unwrap().allowance.rpm, Some(4000.0));
    for table in &book.tables {
        assert!(!table.source.is_empty() && table.date.date.is_some(), "{}", table.name);
        for pool in &table.pools {
            assert!(pool.inferred.iter().all(|tier| pool.tiers.contains_key(tier)), "{}", pool.name);
            let same = table.pools.iter().flat_map(|pool| pool.tiers.keys().cloned().collect::<Vec<_>>());
            assert!(
                same.collect::<std::collections::BTreeSet<_>>().len() == pool.tiers.len(),
                "{}: every tier",
                pool.name
            );
        }
    }
}

/// What a recorded run's headers said stands above the tables and below the user's own word.
#[test]
fn told_limits_stand_between_the_tables_and_the_users_own() {
    let told = r#"{"account_limits": {"model": "claude-opus-4-8", "headers":
        {"anthropic-ratelimit-requests-limit": "77", "anthropic-ratelimit-input-tokens-limit": "soon"}}}"#;
    let told = cost_line::read_limits(told).unwrap().unwrap();
    let capacity = |rest: &str, resource: Resource, pool: &str| {
        let text = workload("a", "claude-opus-4-5") + &workload("b", "claude-haiku-4-5") + rest;
        let mut inputs = file::read(&text, None).unwrap_or_else(|error| panic!("{error}"));
        inputs.account.told = Some(told.clone());
        limit(&Plan::of(inputs, date(2026, 11, 1)).sizing.together.limits, resource, pool).capacity
    };
    let tier = "[account]\ntier = \"start\"\n";
    // Of another model of the same pool; a header that is no number says nothing.
    assert_eq!(capacity(tier, Resource::Rpm, "Opus 4.x"), 77.0);
    assert_eq!(capacity(tier, Resource::Itpm, "Opus 4.x"), 2e6);
    assert_ne!(capacity(tier, Resource::Rpm, "Haiku 4.5"), 77.0);
    let own = format!("{tier}[limits.\"claude-opus-4-5\"]\nrpm = 88\n");
    assert_eq!(capacity(&own, Resource::Rpm, "Opus 4.x"), 88.0);
}

#[test]
fn every_model_has_a_price_and_a_long_prompt_its_own() {
    let prices = PriceBook::embedded();
    for model in LimitBook::embedded().models() {
        let price = prices.price(model, 1000.0).unwrap_or_else(|| panic!("{model}"));
        assert!(price.cache_read < price.input && price.input < price.output, "{model}");
    }
    for (model, input, cache_read, output) in [
        ("claude-fable-5-2", 8.0, None, 40.0),
        ("claude-mythos-5-1", 10.0, Some(0.25), 50.0),
        ("claude-mythos-5", 10.0, Some(1.0), 50.0),
    ] {
        let entry = prices.entry(model).unwrap();
        assert_eq!((entry.input, entry.cache_read, entry.output), (input, cache_read, output), "{model}");
    }
    assert_eq!(prices.price("claude-haiku-5-5", 100_000.0).unwrap().input, 0.1);
    assert_eq!(prices.price("claude-haiku-5-5", 100_001.0).unwrap().output, 2.5);
    assert_eq!(prices.price("claude-sonnet-4-5-20250929", 0.0).unwrap().input, 3.0);
    assert_eq!(prices.batch_share, 0.5);
}

/// 60 requests a minute of each: Opus 4.8 and 4.5 share one pool, Sonnet 5 has another.
#[test]
fn models_of_one_pool_share_its_limits() {
    let text = workload("a", "claude-opus-4-8") + &workload("b", "claude-opus-4-5") + &workload("c", "claude-sonnet-5");
    let plan = plan(&(text + "[account]\ntier = \"start\"\n"));
    let limits = &plan.sizing.together.limits;
    assert_eq!(limits.len(), 6);
    assert_eq!(limit(limits, Resource::Rpm, "Opus 4.x").used.likely, 120.0);
    assert_eq!(limit(limits, Resource::Itpm, "Opus 4.x").used.likely, 120_000.0);
    assert_eq!(limit(limits, Resource::Rpm, "Sonnet 5").used.likely, 60.0);
    assert_eq!(limit(&plan.sizing.workloads[0].limits, Resource::Rpm, "Opus 4.x").used.likely, 60.0);
}

#[test]
fn tokens_from_the_cache_are_free_of_the_limit_and_cheap() {
    let with = |more: &str| plan(&(workload("a", "claude-sonnet-5") + more + "[account]\ntier = \"start\"\n"));
    let (plain, cached) = (with(""), with("cached = \"75%\"\n"));
    let itpm = |plan: &Plan| limit(&plan.sizing.together.limits, Resource::Itpm, "Sonnet 5").used.likely;
    assert_eq!((itpm(&plain), itpm(&cached)), (60_000.0, 15_000.0));
    // 3,600 requests an hour: 1,000 x $2 and 100 x $10 a million; of the input 75 % at $0.20.
    let usd = |plan: &Plan| plan.money.usd_per_hour.unwrap().likely;
    assert!((usd(&plain) - 3600.0 * (0.002 + 0.001)).abs() < 1e-9);
    assert!((usd(&cached) - 3600.0 * (0.00025 * 2.0 + 0.00075 * 0.2 + 0.001)).abs() < 1e-9);
}

#[test]
fn the_users_own_word_is_right() {
    let text = workload("a", "claude-sonnet-5") + "[account]\ntier = \"start\"\n";
    let capacity =
        |own: &str, resource| limit(&plan(&(text.clone() + own)).sizing.together.limits, resource, "Sonnet 5").capacity;
    assert_eq!(capacity("", Resource::Rpm), 1000.0);
    assert_eq!(capacity("[limits]\nrpm = 77\n", Resource::Rpm), 77.0);
    assert_eq!(capacity("[limits]\nrpm = 77\n", Resource::Itpm), 2e6, "what it does not say stays");
    assert_eq!(capacity("[limits.\"claude-sonnet-5\"]\nrpm = 88\n", Resource::Rpm), 88.0);
    // As the headers of a recorded response name them, the others among them.
    let headers = "[limits]\nanthropic-ratelimit-requests-limit = \"50\"\nanthropic-ratelimit-requests-remaining = \"49\"\n\
                   anthropic-ratelimit-input-tokens-limit = 30000\nanthropic-ratelimit-output-tokens-limit = 8000\n\
                   anthropic-ratelimit-tokens-limit = 38000\nanthropic-ratelimit-tokens-reset = \"2026-08-25T00:00:00Z\"\nretry-after = 3\n";
    assert_eq!([Resource::Rpm, Resource::Itpm, Resource::Otpm].map(|r| capacity(headers, r)), [50.0, 30_000.0, 8000.0]);
    let priced = plan(&(text + "[prices.\"claude-sonnet-5\"]\ninput = 100\noutput = 0\n"));
    assert!((priced.money.usd_per_hour.unwrap().likely - 360.0).abs() < 1e-9);
}

/// As `curl -i` and `curl -v` print them: any letter case, a colon, and everything else that a response has. What limits nothing is named.
#[test]
fn headers_are_pasted_as_they_are() {
    let response = "HTTP/2 200\nDate: Mon, 27 Jul 2026 10:00:00 GMT\nContent-Type: application/json\n\
                    Anthropic-Ratelimit-Requests-Limit: 50\nanthropic-ratelimit-requests-remaining: 49\n\
                    ANTHROPIC-RATELIMIT-INPUT-TOKENS-LIMIT: 30000\n< anthropic-ratelimit-output-tokens-limit: 8000\n\
                    anthropic-ratelimit-unified-status: allowed\nanthropic-priority-input-tokens-limit: 10000\n\
                    anthropic-organization-id: 0b1c\nrequest-id: req_\"1\"\nCF-RAY: 8d\n";
    let limits = |section: &str| {
        plan(&format!("{}{section}{response}[account]\ntier = \"start\"\n", workload("a", "claude-sonnet-5")))
    };
    for section in ["[limits]\n", "[limits.\"claude-sonnet-5\"]\n"] {
        let plan = limits(section);
        let capacity = |resource| limit(&plan.sizing.together.limits, resource, "Sonnet 5").capacity;
        assert_eq!([Resource::Rpm, Resource::Itpm, Resource::Otpm].map(capacity), [50.0, 30_000.0, 8000.0]);
        let passed_over = &plan.inputs.account.passed_over;
        assert_eq!(passed_over.len(), 8, "{passed_over:?}");
        let text = stream_probe::report::plan::text(&plan);
        assert!(text.contains("Passed over under [limits]") && text.contains("anthropic-organization-id, "), "{text}");
        assert!(!text.contains("0b1c"), "names are told, and no values");
    }
    let refused = |rest: &str| file::read(&(workload("a", "m") + rest), None).unwrap_err().to_string();
    assert!(
        refused("[limits]\nAnthropic-Ratelimit-Request-Limit: 50\n")
            .contains("line 10: [limits] Anthropic-Ratelimit-Request-Limit")
    );
    assert!(refused("[limits]\nrpm = 1\nRPM = 2\n").contains("twice, in another letter case"));
    assert!(refused("[limits]\nrpm: 1\n[process]\nreplicas: 2\n").contains("line 12: this is not TOML"));
    // What is TOML is not looked at for headers.
    let prompt = "[[workload]]\narrival = 1\nduration = 1\nprompt = \"\"\"\n[limits]\nrpm: 1\n\"\"\"\n";
    assert_eq!(plan(prompt).inputs.workloads[0].input.unwrap().count.likely, 4.0);
}

#[test]
fn what_is_said_of_one_model_holds_for_its_pool() {
    let text = workload("a", "claude-opus-4-8") + &workload("b", "claude-opus-4-5");
    let plan = plan(&(text + "[account]\ntier = \"start\"\n[limits.\"claude-opus-4-5\"]\nrpm = 130\n"));
    assert_eq!(limit(&plan.sizing.together.limits, Resource::Rpm, "Opus 4.x").capacity, 130.0);
}

#[test]
fn tables_grow_old() {
    let text = workload("a", "claude-sonnet-5") + "[account]\ntier = \"start\"\n";
    let stale = |year, month, day| {
        let plan = Plan::of(file::read(&text, None).unwrap(), date(year, month, day));
        let days = plan.doubts.iter().filter_map(|doubt| match doubt {
            PlanDoubt::Stale { days, .. } => Some(*days),
            _ => None,
        });
        days.collect::<Vec<_>>()
    };
    // Limits are as of 2026-09-29, prices as of 2026-11-01.
    assert_eq!(stale(2026, 12, 28), [] as [i64; 0]);
    assert_eq!(stale(2026, 12, 29), [91]);
    assert_eq!(stale(2027, 1, 31), [124, 91]);
}

#[test]
fn numbers_that_no_source_states_are_doubted() {
    let doubts =
        |tier: &str| plan(&(workload("a", "claude-haiku-5-5") + &format!("[account]\ntier = \"{tier}\"\n"))).doubts;
    let inferred = |doubt: &PlanDoubt| matches!(doubt, PlanDoubt::Inferred { .. });
    assert!(!doubts("start").iter().any(inferred));
    assert!(doubts("scale").iter().any(inferred));
}

#[test]
fn the_spend_limit_counts_when_the_day_is_known() {
    let text = |more: &str| workload("a", "claude-sonnet-5") + more + "[account]\ntier = \"start\"\n";
    let spend =
        |more: &str| plan(&text(more)).sizing.together.limits.into_iter().find(|l| l.resource == Resource::Spend);
    assert!(spend("").is_none());
    // $10.80 an hour, 2 hours a day, 30 days: $648 of $500.
    let limit = spend("hours_a_day = 2\n").unwrap();
    assert!((limit.used.likely - 648.0).abs() < 1e-6 && limit.capacity == 500.0);
}

/// 864,000 requests a day are 9 batches by number; with 100,000 input tokens each at 4 bytes they are 1,350 by size.
#[test]
fn batches_by_number_and_by_size() {
    let text = |tokens: u32| {
        format!(
            "[[workload]]\nmodel = \"claude-sonnet-5\"\narrival = 10\nduration = 10\nretry = \"50%\"\ninput_tokens = {tokens}\noutput_tokens = 0\n"
        )
    };
    let batch = |tokens| plan(&text(tokens)).money.workloads[0].clone().unwrap().batch;
    assert_eq!(batch(100).requests_per_day.likely, 864_000.0);
    assert_eq!(batch(100).batches_per_day.likely, 9.0);
    assert_eq!(batch(100_000).batches_per_day.likely, 1350.0);
    // Half of $2 a million, and no retries.
    assert!((batch(100).per_day.likely - 864_000.0 * 100.0 * 1e-6).abs() < 1e-6);
}

/// The published guides, number by number.
#[test]
fn every_published_guide_is_a_table_of_its_own() {
    let book = LimitBook::embedded();
    let model = "claude-sonnet-5";
    for (guide, tier, numbers) in [
        ("claudeguide", "free", [Some(5.0), None, None, Some(25e3)]),
        ("claudeguide", "tier-1", [Some(50.0), None, None, Some(40e3)]),
        ("claudeguide", "tier-2", [Some(1e3), None, None, Some(80e3)]),
        ("claudeguide", "tier-3", [Some(2e3), None, None, Some(160e3)]),
        ("claudeguide", "tier-4", [Some(4e3), None, None, Some(400e3)]),
        ("load-and-scale", "tier-1", [Some(50.0), Some(40e3), None, None]),
        ("load-and-scale", "tier-2", [Some(1e3), Some(80e3), None, None]),
        ("load-and-scale", "tier-3", [Some(2e3), Some(160e3), None, None]),
        ("load-and-scale", "tier-4", [Some(4e3), Some(400e3), None, None]),
        ("callsphere", "free", [Some(5.0), Some(20e3), Some(4e3), None]),
        ("callsphere", "tier-1", [Some(50.0), Some(40e3), Some(8e3), None]),
        ("callsphere", "tier-2", [Some(1e3), Some(80e3), Some(16e3), None]),
        ("callsphere", "tier-3", [Some(2e3), Some(160e3), Some(32e3), None]),
        ("callsphere", "tier-4", [Some(4e3), Some(400e3), Some(80e3), None]),
    ] {
        let allowed = book.tier(&format!("{guide}/{tier}")).unwrap().row(model).unwrap().allowance;
        assert_eq!([allowed.rpm, allowed.itpm, allowed.otpm, allowed.tpm], numbers, "{guide}/{tier}");
    }
    // 10,000 requests a batch by one of them: 86,400 a day are 9 batches.
    let text = |tier: &str| workload("a", model) + &format!("[account]\ntier = \"{tier}\"\n");
    let batches = |tier: &str| plan(&text(tier)).money.workloads[0].clone().unwrap().batch.batches_per_day.likely;
    assert_eq!((batches("load-and-scale/tier-2"), batches("callsphere/tier-2")), (9.0, 2.0), "the other by bytes");
}

#[test]
fn a_tier_that_several_sources_have_is_chosen_with_its_table() {
    let read = |tier: &str| {
        let text = workload("a", "claude-sonnet-5") + &format!("[account]\ntier = \"{tier}\"\n");
        file::read(&text, None).map(|inputs| inputs.account.tier.unwrap()).map_err(|mistakes| mistakes.to_string())
    };
    for (typed, meant) in [
        ("build", "build"),
        ("current/build", "build"),
        ("Build 2", "callsphere/tier-2"),
        ("claudeguide/build", "claudeguide/tier-1"),
        ("Scale (Tier 3)", "claudeguide/tier-3"),
        ("Load-and-Scale/Tier 3", "load-and-scale/tier-3"),
        ("guide", "guide"),
    ] {
        assert_eq!(read(typed).unwrap(), meant, "{typed}");
    }
    for (typed, choices) in [
        ("tier-1", "legacy/tier-1, claudeguide/tier-1, load-and-scale/tier-1, callsphere/tier-1"),
        ("free", "claudeguide/free, callsphere/free"),
        ("claudeguide/scale", "claudeguide/tier-2, claudeguide/tier-3, claudeguide/tier-4"),
    ] {
        let refused = read(typed).unwrap_err();
        assert!(refused.ends_with(&format!("is several tiers: write one of {choices}")), "{refused}");
    }
    assert!(read("callsphere/start").unwrap_err().contains("there is no tier"));
}

/// 60 requests a minute of 1,000 and 100 tokens, 2 hours a day; 10 streams.
#[test]
fn tokens_together_tokens_a_day_and_requests_at_once_are_limits() {
    let with = |own: &str| {
        let text = workload("a", "claude-sonnet-5") + "cached = \"50%\"\nhours_a_day = 2\nretry = \"50%\"\n" + own;
        plan(&text.replace("headroom = 1", "headroom = 2"))
    };
    let plan = with("[limits]\ntpm = 54000\ntpd = 5400000\nconcurrent = 40\n");
    let limits = &plan.sizing.together.limits;
    // 60 x 1.5 x 2 = 180 requests, of 500 input tokens that count and 100 of output. The day is counted without headroom.
    for (resource, used, share) in
        [(Resource::Tpm, 108e3, 2.0), (Resource::Tpd, 6_480_000.0, 1.2), (Resource::Concurrent, 30.0, 0.75)]
    {
        let limit = limit(limits, resource, "claude-sonnet-5");
        assert!((limit.used.likely - used).abs() < 1e-6 && (limit.share().likely - share).abs() < 1e-12, "{limit:?}");
    }
    let most = |resource: Resource| {
        let arrivals = &plan.inverse.workloads[0].arrivals;
        arrivals.iter().find(|most| most.resource == resource).unwrap().at_limit
    };
    assert!((most(Resource::Tpm) - 0.5).abs() < 1e-12 && (most(Resource::Tpd) - 1.0 / 1.2).abs() < 1e-12);
    assert!((most(Resource::Concurrent) - 4.0 / 3.0).abs() < 1e-12);
    // Without hours it is a whole day, and that is doubted.
    let whole = workload("a", "claude-sonnet-5") + "[limits]\ntpd = 5400000\n";
    let whole = Plan::of(file::read(&whole, None).unwrap(), date(2026, 11, 1));
    assert_eq!(limit(&whole.sizing.together.limits, Resource::Tpd, "claude-sonnet-5").used.likely, 95_040_000.0);
    let assumed = |plan: &Plan| plan.doubts.iter().any(|doubt| matches!(doubt, PlanDoubt::DayAssumed { .. }));
    assert!(assumed(&whole) && !assumed(&plan));
}

/// The header says the sum where no workspace has a limit of its own, and that limits nothing.
#[test]
fn the_header_of_tokens_together_counts_unless_it_is_the_sum() {
    let tpm = |together: u32| {
        let text = workload("a", "claude-sonnet-5")
            + &format!(
                "[limits]\nanthropic-ratelimit-tokens-limit = {together}\nanthropic-ratelimit-input-tokens-limit = 30000\n\
                 anthropic-ratelimit-output-tokens-limit = 8000\n"
            );
        let limits = plan(&text).sizing.together.limits;
        limits.into_iter().find(|limit| limit.resource == Resource::Tpm).map(|limit| limit.capacity)
    };
    assert_eq!((tpm(20_000), tpm(38_000)), (Some(20e3), None));
    let told = |together: u32| {
        let json = format!(
            r#"{{"account_limits": {{"model": "m", "headers": {{"anthropic-ratelimit-tokens-limit": "{together}",
            "anthropic-ratelimit-input-tokens-limit": "30000", "anthropic-ratelimit-output-tokens-limit": "8000"}}}}}}"#
        );
        cost_line::read_limits(&json).unwrap().unwrap().allowance.tpm
    };
    assert_eq!((told(20_000), told(38_000)), (Some(20e3), None));
}

/// 60 requests a minute, 60,000 tokens in and 6,000 out.
#[test]
fn sources_that_contradict_each_other_are_set_side_by_side() {
    let plan = |rest: &str| plan(&(workload("a", "claude-sonnet-4-6") + rest));
    let tier_2 = plan("[account]\ntier = \"legacy/tier-2\"\n");
    let others: Vec<&str> = tier_2.contradictions.iter().map(|one| one.other.as_str()).collect();
    assert_eq!(others, ["claudeguide/tier-2", "load-and-scale/tier-2", "callsphere/tier-2"]);
    let numbers = |one: &Contradiction| -> Vec<(Resource, Option<f64>, Option<f64>)> {
        one.differences.iter().map(|both| (both.resource, both.here, both.there)).collect()
    };
    let [together, scale, sphere] = &tier_2.contradictions[..] else { panic!() };
    assert_eq!(numbers(scale), [(Resource::Itpm, Some(450e3), Some(80e3)), (Resource::Otpm, Some(90e3), None)]);
    assert_eq!(numbers(together).len(), 3);
    // Input binds with 13.3 % of 450,000; the others allow 80,000: 82.5 % of it together, 75 % of it as input.
    for (one, factor) in [(together, 60.0 / 450.0 / 0.825), (scale, 80.0 / 450.0), (sphere, 80.0 / 450.0)] {
        assert!((one.arrivals.unwrap() - factor).abs() < 1e-12, "{one:?}");
        assert_eq!((one.verdict, one.other_verdict), (Verdict::Fits, Verdict::Smells));
    }
    let contradicted = |plan: &Plan| plan.doubts.iter().any(|doubt| matches!(doubt, PlanDoubt::Contradicted { .. }));
    assert!(contradicted(&tier_2));
    // A source that does not have the model says nothing of it.
    let haiku = Plan::of(
        file::read(&(workload("a", "claude-haiku-4-5") + "[account]\ntier = \"legacy/tier-2\"\n"), None).unwrap(),
        date(2026, 11, 1),
    );
    assert!(haiku.contradictions.iter().all(|one| !one.other.starts_with("claudeguide")));
    // Nobody contradicts what the account shows.
    let own = "[account]\ntier = \"legacy/tier-2\"\n[limits]\nrpm = 1000\nitpm = 450000\notpm = 90000\n";
    let own = plan(&format!("{own}tpm = 500000\n"));
    assert!(own.contradictions.is_empty() && !contradicted(&own));
    // A word that guides use for other tiers is told, and contradicts nothing.
    let build = plan("[account]\ntier = \"build\"\n");
    assert!(build.contradictions.is_empty());
    let said = words(&build);
    assert!(said.contains("Others call other tiers build as well: claudeguide/tier-1, callsphere/tier-1,"), "{said}");
    assert!(words(&tier_2).contains(
        "load-and-scale/tier-2 says otherwise of Sonnet 4.x: input tokens a minute 80,000 (450,000 here); output tokens a minute \
         without limit (90,000 here); the largest arrival rate would be 17.8 % of the one here, and it smells."
    ));
}

/// A guide with the limits of each model: two of them share nothing.
#[test]
fn limits_of_each_model_are_shared_by_nobody() {
    let text = workload("a", "claude-sonnet-4-6") + &workload("b", "claude-sonnet-5");
    let plan = plan(&(text + "[account]\ntier = \"callsphere/tier-3\"\n"));
    assert_eq!(limit(&plan.sizing.together.limits, Resource::Rpm, "claude-sonnet-5").used.likely, 60.0);
    assert_eq!(plan.sizing.together.limits.len(), 6);
}

#[test]
fn inference_in_the_us_costs_a_tenth_more_on_most_models() {
    let usd = |model: &str, geo: &str| {
        let text = workload("a", model) + &format!("[account]\ntier = \"start\"\ninference_geo = \"{geo}\"\n");
        plan(&text).money.usd_per_hour.unwrap().likely
    };
    for (model, factor) in [
        ("claude-sonnet-5", 1.1),
        ("claude-sonnet-4-6", 1.1),
        ("claude-haiku-4-5", 1.0),
        ("claude-opus-4-5", 1.0),
        ("claude-sonnet-4-5", 1.0),
    ] {
        assert!((usd(model, "us") / usd(model, "global") - factor).abs() < 1e-12, "{model}");
    }
    let refused = file::read("[[workload]]\narrival = 1\nduration = 1\n[account]\ninference_geo = \"eu\"\n", None);
    assert!(refused.unwrap_err().to_string().contains("write \"us\" or \"global\""));
}

#[test]
fn a_cache_that_no_source_prices_saves_nothing_and_is_doubted() {
    let with = |more: &str| plan(&(workload("a", "claude-fable-5-2") + more));
    let doubted = |plan: &Plan| plan.doubts.iter().any(|doubt| matches!(doubt, PlanDoubt::NoCachePrice { .. }));
    let (plain, cached) = (with(""), with("cached = \"50%\"\n"));
    assert!(doubted(&cached) && !doubted(&plain));
    assert_eq!(plain.money.usd_per_hour, cached.money.usd_per_hour);
}

/// Sonnet 4.5 retires on 2026-11-30, Opus 4.5 on 2027-01-22.
#[test]
fn models_retire() {
    let said = |model: &str, routes: &str, year, month, day| {
        let text = workload("a", model) + routes;
        let plan = Plan::of(file::read(&text, None).unwrap(), date(year, month, day));
        let of_life = plan.doubts.into_iter().filter_map(|doubt| match doubt {
            PlanDoubt::Retires { model, days, .. } => Some((model, days)),
            PlanDoubt::Retired { model, .. } => Some((model, 0)),
            _ => None,
        });
        of_life.collect::<Vec<_>>()
    };
    let dated = "claude-sonnet-4-5-20250929";
    let of = |model: &str, days: i64| vec![(model.to_owned(), days)];
    assert_eq!(said(dated, "", 2026, 9, 1), of(dated, 90));
    assert_eq!(said(dated, "", 2026, 8, 31), []);
    assert_eq!(said(dated, "", 2026, 11, 29), of(dated, 1));
    assert_eq!(said(dated, "", 2026, 11, 30), of(dated, 0));
    assert_eq!(said("claude-opus-4-5", "", 2027, 3, 1), of("claude-opus-4-5", 0));
    assert_eq!(said("claude-sonnet-5", "", 2027, 3, 1), []);
    let routes = "classes = { simple = \"100%\" }\n[routes]\nsimple = \"claude-opus-4-5\"\n";
    assert_eq!(said("claude-sonnet-5", routes, 2026, 12, 1), of("claude-opus-4-5", 52));
    // Of most models nobody says when, and then the plan says that.
    let lives = |model: &str| words(&plan(&workload("a", model)));
    assert!(lives("claude-sonnet-5").contains("Retiring: of claude-sonnet-5 it is not known when ("));
    assert!(lives("claude-opus-4-5").contains("Retiring: claude-opus-4-5 on 2027-01-22 ("));
    assert!(lives("claude-haiku-4-5").contains("claude-haiku-4-5 no sooner than 2026-10-15, it is not known when ("));
}

/// Neither the program nor its probes, pages and templates name a model whose end is known, and no change proposes one.
#[test]
fn no_default_is_a_model_that_retires() {
    let book = stream_probe::plan::ModelBook::embedded();
    let retires = |model: &str| book.lifetime(model).retires.is_some();
    assert!(retires("claude-sonnet-4-5"));
    for pool in LimitBook::embedded().tables.iter().flat_map(|table| &table.pools) {
        assert!(pool.models.iter().all(|model| book.has(model)), "{}", pool.name);
        assert!(!pool.models.first().is_some_and(|first| retires(first)), "{} is what a change proposes", pool.name);
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut to_read: Vec<std::path::PathBuf> =
        ["src", "probes", "benches", "README.md"].map(|name| root.join(name)).into();
    let mut read = 0;
    while let Some(path) = to_read.pop() {
        // The tables themselves, and what a probe's package manager brought.
        if path.ends_with("plan/data") || path.ends_with("node_modules") || path.ends_with(".venv") {
            continue;
        }
        if path.is_dir() {
            to_read.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        read += 1;
        for (at, _) in text.match_indices("claude-") {
            let of_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            let name: String = text[at..].chars().take_while(|c| of_name(*c)).collect();
            assert!(!retires(&name), "{} names {name}", path.display());
        }
    }
    assert!(read > 100, "{read} files");
}
